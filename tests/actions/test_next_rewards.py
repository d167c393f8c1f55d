"""Next rewards under another version: what each person's next success would earn, before anybody is put under it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cm_engine.actions.enrol import discharge
from cm_engine.actions.next_rewards import next_rewards
from cm_engine.actions.revise import publish, take_version
from cm_engine.exchange.policy_file import load_policy
from cm_engine.policies.contract import Policy
from tests.clinic import Clinic, clinic


@pytest.fixture
def riverside(migrated_sqlite_url: str) -> Iterator[Clinic]:
    """A clinic with a prize bowl: Ada has come five times in a row, Ben fell back, Cleo has just begun."""
    with clinic(migrated_sqlite_url) as opened:
        for code, letters in (("Ada", "NNNNN"), ("Ben", "NNP"), ("Cleo", "")):
            opened.tests(opened.enrol(code), letters)
        yield opened


def topped(top: int) -> Policy[Any]:
    """Give the prize bowl with a lower top."""
    policy: Any = load_policy("va-prize")
    return replace(policy, ladder=replace(policy.ladder, top=top))


def told(riverside: Clinic, policy: Policy[Any]) -> set[tuple[int, int]]:
    return {(one.before, one.after) for one in next_rewards(riverside.engine, riverside.program, policy)}


def test_under_the_same_terms_nobody_gets_anything_else(riverside: Clinic) -> None:
    assert told(riverside, load_policy("va-prize")) == {(6, 6), (1, 1)}
    assert len(next_rewards(riverside.engine, riverside.program, load_policy("va-prize"))) == 3


def test_a_lower_top_lowers_the_next_reward_of_whoever_stands_above_it(riverside: Clinic) -> None:
    assert told(riverside, topped(4)) == {(6, 4), (1, 1)}


def test_it_is_what_they_get_once_they_are_put_under_it(riverside: Clinic) -> None:
    lower, tomorrow = topped(4), riverside.today + timedelta(days=1)
    foretold = {one.participant: one.after for one in next_rewards(riverside.engine, riverside.program, lower)}
    version = publish(riverside.engine, riverside.request(), riverside.program, lower, tomorrow)["version"]
    for participant in foretold:
        take_version(riverside.engine, riverside.request(), participant, "va-prize", version, tomorrow)
    riverside.clock.go_on(days=1)
    for participant, draws in foretold.items():
        assert riverside.record(participant)["awards"][0]["amount"] == str(draws)


def test_who_is_discharged_and_who_is_under_another_policy_are_left_out(riverside: Clinic) -> None:
    ada = next_rewards(riverside.engine, riverside.program, topped(4))[0].participant
    discharge(riverside.engine, riverside.request(), ada, riverside.today)
    riverside.clock.go_on(days=1)
    assert len(next_rewards(riverside.engine, riverside.program, topped(4))) == 2
    assert next_rewards(riverside.engine, riverside.program, replace(topped(4), name="another")) == []
