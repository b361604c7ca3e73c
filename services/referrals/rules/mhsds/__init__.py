"""Files in the MHSDS shape: what the tables hold, how a cell is read, how rows become records and records rows. Pure."""
