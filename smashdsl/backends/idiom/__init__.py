"""A program as `.smash` text as people write it: repeated parts are loops, ops have names."""

from smashdsl.backends.idiom.write import idiomatic_text as idiomatic_text
