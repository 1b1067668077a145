"""Random programs behave on rehearsal's own engine as on the real one (`make fuzz N=300`)."""

import os
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz_engines import lives_differ
from fuzz_programs import make_life

pytestmark = pytest.mark.rehearse_engine("pulumi", reason="it compares with the real engine")


@pytest.mark.real("what nobody thought of writing a scenario for")
@pytest.mark.parametrize("seed", range(20))
def test_a_life_of_a_fixed_seed_is_the_same_on_both_engines(seed):
    difference = lives_differ(make_life(Random(seed)))
    assert not difference, difference


class Shrinking:
    """Chances for Hypothesis, whose simplest number is 0: what is there by chance is to be left out first."""

    def __init__(self, random):
        self.choice, self.randint, self.randrange = random.choice, random.randint, random.randrange
        self._random = random.random

    def random(self):
        return 1.0 - self._random()


@pytest.mark.skipif("FUZZ" not in os.environ, reason="make fuzz says how many")
@settings(
    max_examples=int(os.environ.get("FUZZ", "1")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.randoms(use_true_random=False))
def test_random_lives_are_the_same_on_both_engines(random):
    difference = lives_differ(make_life(Shrinking(random)))
    assert not difference, difference
