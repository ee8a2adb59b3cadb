"""Programs as flat steps with every shape known and every weight slot named."""

from smashdsl.plan.build import build_plan as build_plan
from smashdsl.plan.keys import weight_key as weight_key
from smashdsl.plan.keys import weight_keys as weight_keys
from smashdsl.plan.liveness import Liveness as Liveness
from smashdsl.plan.regularise import regularised as regularised
from smashdsl.plan.sources import filter_source as filter_source
from smashdsl.plan.sources import generated_filter as generated_filter
from smashdsl.plan.sources import is_filter as is_filter
from smashdsl.plan.sources import source_of as source_of
from smashdsl.plan.steps import STRUCTURAL as STRUCTURAL
from smashdsl.plan.steps import Costs as Costs
from smashdsl.plan.steps import Plan as Plan
from smashdsl.plan.steps import Step as Step
