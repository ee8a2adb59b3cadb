"""Syntax mistakes by name, and what was meant."""
