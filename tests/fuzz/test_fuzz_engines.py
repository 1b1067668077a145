"""Random programs behave on rehearsal's own engine as on the real one (`make fuzz N=300` runs more of them)."""

from random import Random

import pytest

from fuzz_engines import lifecycle_difference
from fuzz_programs import make_lifecycle

pytestmark = pytest.mark.rehearse_engine("pulumi", reason="it compares with the real engine")


@pytest.mark.real("programs that no scenario covers")
@pytest.mark.parametrize("seed", range(20))
def test_a_lifecycle_of_a_fixed_seed_is_the_same_on_both_engines(seed):
    difference = lifecycle_difference(make_lifecycle(Random(seed)))
    assert not difference, difference
