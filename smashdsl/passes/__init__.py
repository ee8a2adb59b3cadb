"""Program → a program that computes the same and costs less, and where its weights come from.

For networks that leave: nothing here runs while a space is searched, since names, counts and hashes
of what is searched are those of the program as it was written.
"""

from smashdsl.passes.fold import Fold as Fold
from smashdsl.passes.passed import Passed as Passed
from smashdsl.passes.passed import folded as folded
from smashdsl.passes.passed import simplified as simplified
