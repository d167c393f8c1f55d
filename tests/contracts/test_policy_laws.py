"""The laws hold for every preset, and for random policies over every key."""

import pytest
from hypothesis import strategies as st

from cm_engine.catalogue import PRESETS
from cm_engine.exchange.policy_file import load_policy
from cm_engine.policies.escalating import Escalating
from cm_engine.testing import LAWS, Law, holds
from tests.soak import times
from tests.strategies import policies


@pytest.mark.parametrize("name", list(PRESETS))
@pytest.mark.parametrize("law", LAWS)
def test_every_preset_keeps_the_law(law: Law, name: str) -> None:
    holds(law, st.just(load_policy(name)), times(20, 1000))


@pytest.mark.parametrize("law", LAWS)
def test_random_policies_over_every_key_keep_the_law(law: Law) -> None:
    holds(law, policies(), times(100, 1000))


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_resets_to_the_start_and_bears_its_own_name(name: str) -> None:
    policy = load_policy(name)
    assert policy.name == name
    assert isinstance(policy, Escalating)
    assert policy.reset.to == "start"
