"""Names of stages within a chain."""

from __future__ import annotations

from smashdsl.ir import Op
from smashdsl.ir.naming import Names


def test_no_two_stages_of_a_chain_share_a_name():
    names = Names()
    stages = [Op("relu", {})] * 61 + [Op("relu6", {}), Op("batch_norm", {}), Op("relu6", {})]
    given = [names.next(stage) for stage in stages]
    assert len(set(given)) == len(given)
    assert given[-4:] == ["relu61", "relu6_1", "norm1", "relu6_2"]
