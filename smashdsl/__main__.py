"""`python -m smashdsl`: the command-line tool."""

from smashdsl.cli import main

if __name__ == "__main__":
    main()
