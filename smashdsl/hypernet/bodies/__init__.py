"""The bodies of HyperNets: what the encodings say → features of filters' columns or positions."""

from smashdsl.hypernet.bodies.densenet import DenseNetBody as DenseNetBody
from smashdsl.hypernet.bodies.densenet import DenseNetSettings as DenseNetSettings
from smashdsl.hypernet.bodies.graph import GraphBody as GraphBody
from smashdsl.hypernet.bodies.graph import GraphSettings as GraphSettings
