"""A program as numbers for people who train predictors of their own: encodings besides `c`."""

from smashdsl.backends.features.adjacency import adjacency as adjacency
from smashdsl.backends.features.draws import one_hot as one_hot
from smashdsl.backends.features.paths import hashed_paths as hashed_paths
from smashdsl.backends.features.paths import paths as paths
