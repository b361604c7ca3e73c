"""Returns as data: what a definition says, its lines filled in, what is wrong with them, and how they leave (05-returns)."""
