"""The intermediate representation of one concrete network."""

from smashdsl.ir.canonical import canonical as canonical
from smashdsl.ir.canonical import content_hash as content_hash
from smashdsl.ir.program import Bank as Bank
from smashdsl.ir.program import Block as Block
from smashdsl.ir.program import Chain as Chain
from smashdsl.ir.program import Combine as Combine
from smashdsl.ir.program import Group as Group
from smashdsl.ir.program import Layer as Layer
from smashdsl.ir.program import Op as Op
from smashdsl.ir.program import Program as Program
from smashdsl.ir.program import Stage as Stage
from smashdsl.ir.program import Transition as Transition
from smashdsl.ir.program import all_ops as all_ops
from smashdsl.ir.program import flat as flat
from smashdsl.ir.text import genome_in as genome_in
from smashdsl.ir.text import program_text as program_text
from smashdsl.ir.training import TRAIN_SETTINGS as TRAIN_SETTINGS
from smashdsl.ir.training import TrainSetting as TrainSetting
from smashdsl.ir.verify import verify as verify
