"""Differences: what one version of a policy says otherwise than another."""

from dataclasses import replace
from typing import Any

import pytest

from cm_engine.actions.compare import changes
from cm_engine.caps import Cap
from cm_engine.catalogue import PRESETS
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.policies.contract import Policy
from cm_engine.policies.escalating import Escalating


def told(before: Policy[Any], after: Policy[Any]) -> list[tuple[str, str, str]]:
    return [(one.key, one.before, one.after) for one in changes(before, after)]


def changed(name: str, old: str, new: str) -> list[tuple[str, str, str]]:
    policy = load_policy(name)
    text = policy_text(policy)
    assert old in text
    return told(policy, parse_policy("changed", text.replace(old, new)))


@pytest.mark.parametrize("name", PRESETS)
def test_a_policy_says_nothing_otherwise_than_itself(name: str) -> None:
    assert told(load_policy(name), load_policy(name)) == []


def test_a_term_is_told_with_what_it_said_and_says() -> None:
    assert changed("higgins-voucher", '"2.50"', '"3.00"') == [("ladder: start", "2.50", "3.00")]
    policy = load_policy("higgins-voucher")
    [difference] = changes(policy, replace(policy, weeks=24))
    assert difference == ("weeks", "program length in weeks; later events pay nothing", "12", "24")


def test_an_entry_of_a_list_is_known_by_its_name() -> None:
    assert ("bowl: slips jumbo: value", "100.00", "80.00") in changed("va-prize", '"100.00"', '"80.00"')


def test_what_was_not_there_is_told_as_not_set() -> None:
    policy = load_policy("higgins-voucher")
    capped = replace(policy, caps=(Cap(amount=59900, per="calendar-year"),))
    assert told(policy, capped) == [
        ("caps calendar-year", "not set", "amount 599.00, per calendar-year, mode truncate")
    ]
    assert told(capped, policy)[0][2] == "not set"
    assert isinstance(policy, Escalating)
    assert told(policy, replace(policy, restore=None))[0][2] == "not set"
