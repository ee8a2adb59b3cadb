"""Searching a space: train the HyperNet, rank programs, train the best, export it.

Each step reads and writes one run folder, resumes what was interrupted, and does nothing when its
work is done.
"""
