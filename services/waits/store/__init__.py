"""What `waits` remembers: pathways and clocks (written by the worker) and what pages read of them."""
