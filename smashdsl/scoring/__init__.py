"""Scores of programs: with generated weights, and by what needs none."""
