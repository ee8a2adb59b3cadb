"""Plan → `torch.fx.GraphModule`: training and inspection."""

from smashdsl.backends.module.functional import Function as Function
from smashdsl.backends.module.fx import build_module as build_module
