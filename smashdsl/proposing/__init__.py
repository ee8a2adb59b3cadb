"""Which programs to score next."""
