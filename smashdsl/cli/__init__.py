"""The command line: arguments → text, files and exit codes. The only place that prints.

Exit codes: 0 fine, 1 mistakes in the user's files (or, for `diff` and `fmt --check`, differences),
2 wrong use or a mistake of ours, 130 interrupted.
"""

from smashdsl.cli.tool import main as main
