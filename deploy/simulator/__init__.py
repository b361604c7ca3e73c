"""The first simulator: what the providers of the demonstration community would emit, the same for the same seed."""
