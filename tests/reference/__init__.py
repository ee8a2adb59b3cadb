"""Networks written by hand in plain torch, which know nothing of smashdsl.

Each registers its modules in the order in which they run.
"""
