"""Experiments on whether a ranking can be trusted, each leaving data, a figure and a summary."""
