"""What a program costs, layer by layer, and what a space holds: as data and as text."""

from smashdsl.backends.summary.layers import ProgramSummary as ProgramSummary
from smashdsl.backends.summary.layers import summarise_program as summarise_program
from smashdsl.backends.summary.spaces import RequirementSummary as RequirementSummary
from smashdsl.backends.summary.spaces import SpaceSummary as SpaceSummary
from smashdsl.backends.summary.spaces import has_requirements as has_requirements
from smashdsl.backends.summary.spaces import rejection_rates as rejection_rates
from smashdsl.backends.summary.spaces import summarise_space as summarise_space
from smashdsl.backends.summary.text import program_page as program_page
from smashdsl.backends.summary.text import space_page as space_page
