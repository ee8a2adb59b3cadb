"""What differs between two programs, as a person would say it."""

from smashdsl.backends.compare.programs import Comparison as Comparison
from smashdsl.backends.compare.programs import Difference as Difference
from smashdsl.backends.compare.programs import compare as compare
