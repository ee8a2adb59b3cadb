"""Where images come from: each module reads one kind of source, `spec` tells which is meant.

Takes what a user wrote after `--data`, or arrays; gives a `Source`: labels at hand, and images that
are read when they are asked for.
"""
