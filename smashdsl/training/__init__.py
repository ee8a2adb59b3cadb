"""Data sets and the ordinary training of one network."""
