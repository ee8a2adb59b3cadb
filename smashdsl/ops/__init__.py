"""The one table of operations: parameters, shape rule, weights, cost."""

from smashdsl.ops.registry import find_op as find_op
from smashdsl.ops.registry import op_names as op_names
from smashdsl.ops.registry import register_op as register_op
from smashdsl.ops.registry import unregister_op as unregister_op
from smashdsl.ops.table import OpError as OpError
from smashdsl.ops.table import OpSpec as OpSpec
from smashdsl.ops.table import Parameter as Parameter
from smashdsl.ops.table import Slot as Slot
