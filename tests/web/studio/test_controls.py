"""Controls: a policy becomes fields, and the fields the same policy; every mistake stands where it was made."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from werkzeug.datastructures import MultiDict

from cm_engine.catalogue import PRESETS
from cm_engine.exchange.policy_file import load_policy, parse_policy
from cm_engine.policies.contract import Policy
from cm_engine.policies.escalating import Escalating
from cm_engine.policies.written import read_policy, write_policy
from punch_card import PunchCard
from tests.strategies import policies
from web.studio.controls import NUMBER, Control, Group, Part, controls, nowhere
from web.studio.posted import added, removed, table_of

CARD = """
name = "coffee"
title = "Coffee card"
kind = "punch-card"
pays = "usd"
on = "attendance"
stamps = 5
amount = "5.00"
"""


def fields(groups: tuple[Group, ...]) -> MultiDict[str, str]:
    """Give the form that a browser sends of controls that nobody touched."""
    return MultiDict(pair for group in groups for pair in _of_part(group))


def _of_part(part: Part) -> Iterator[tuple[str, str]]:
    if isinstance(part, Control):
        yield from _of_control(part)
        return
    inner = part.parts if isinstance(part, Group) else part.rows
    if isinstance(part, Group) and part.name and part.shape == "group" and part.is_on:
        yield part.name, "on"
    for one in inner:
        yield from _of_part(one)


def _of_control(one: Control) -> Iterator[tuple[str, str]]:
    match one.shape:
        case "several":
            yield from ((one.name, chosen) for chosen in one.chosen)
        case "flag":
            yield one.name, "no"
            if one.value == "true":
                yield one.name, "yes"
        case "either":
            yield one.name, one.chosen[0]
            yield one.name + NUMBER, one.value
        case _:
            yield one.name, one.value


def there_and_back(policy: Policy[Any]) -> Policy[Any] | None:
    """Make controls of a policy, and a policy of what they would send."""
    sent = fields(controls(type(policy), write_policy(policy), []))
    again, mistakes = read_policy(table_of(type(policy), sent), type(policy), [policy.kind])
    assert mistakes == []
    return again


def shown(table: dict[str, Any], kind: type[Policy[Any]] = Escalating) -> dict[str, Part]:
    """Give every part of a table's controls by its name."""
    found: dict[str, Part] = {}
    waiting: list[Part] = list(controls(kind, table, read_policy(table, kind, [kind.kind])[1]))
    while waiting:
        part = waiting.pop()
        found[part.name] = part
        waiting += part.parts if isinstance(part, Group) else part.rows if not isinstance(part, Control) else ()
    return found


def table(name: str = "va-prize", **changed: Any) -> dict[str, Any]:
    """Give the table of a preset, with some keys said otherwise."""
    return write_policy(load_policy(name)) | changed


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_comes_back_from_its_controls(name: str) -> None:
    policy = load_policy(name)
    assert there_and_back(policy) == policy


def test_a_plug_ins_policy_comes_back_too() -> None:
    card = parse_policy("card", CARD)
    assert isinstance(card, PunchCard)
    assert there_and_back(card) == card


@given(policy=policies())
def test_any_policy_comes_back_from_its_controls(policy: Policy[Any]) -> None:
    assert there_and_back(policy) == policy


def test_a_plug_ins_own_terms_are_controls_with_their_meaning() -> None:
    stamps = shown({"kind": "punch-card", "stamps": 0, "pays": "usd", "on": "attendance"}, PunchCard)["t.stamps"]
    assert isinstance(stamps, Control)
    assert (stamps.label, stamps.meaning, stamps.least) == ("Stamps", "how many stamps fill a card", 1)
    assert stamps.mistakes == ("0 does not fit: it must be a whole number of at least 1",)


def test_what_is_mistyped_stays_as_it_was_typed_and_is_named_there() -> None:
    sent = fields(controls(Escalating, table(), []))
    sent["t.ladder.start"] = "two"
    sent["t.weeks"] = "a dozen"
    sent["t.bowl.slips.1.count"] = "-4"
    found = shown(table_of(Escalating, sent))
    for name, value, said in (
        ("t.ladder.start", "two", '"two" does not fit: an amount is written like "2.50" or 3'),
        ("t.weeks", "a dozen", '"a dozen" does not fit: it must be a whole number of at least 1'),
        ("t.bowl.slips.1.count", "-4", "-4 does not fit: it must be a whole number of at least 0"),
    ):
        one = found[name]
        assert isinstance(one, Control)
        assert (one.value, one.mistakes) == (value, (said,))


def test_a_mistake_between_terms_stands_at_its_row_and_one_in_a_list_says_which() -> None:
    overlapping = [{"from_week": 1, "to_week": 4, "amount": 1}, {"from_week": 3, "amount": 2}]
    found = shown(table(phases=overlapping, targets=["cocaine", "cocain"]))
    assert found["t.phases.1"].mistakes == ("the phase from week 3 overlaps the one from week 1",)
    assert found["t.targets"].mistakes == ('number 2: "cocain" is not a known analyte; did you mean "cocaine"?',)


def test_what_no_control_shows_is_told_beside_them() -> None:
    odd = table(colour="green")
    mistakes = read_policy(odd, Escalating, [])[1]
    assert len(nowhere(controls(Escalating, odd, mistakes), mistakes)) == 1
    assert nowhere(controls(Escalating, table(weeks=0), []), []) == []


def test_terms_that_say_nothing_here_are_left_out_unless_they_are_there() -> None:
    on_tests = shown(table())
    assert "t.targets" in on_tests
    assert "t.bowl" in on_tests
    assert not {"t.worth", "t.sessions"} & on_tests.keys()
    on_coming = shown(table("iop-attendance"))
    assert "t.sessions" in on_coming
    assert not {"t.targets", "t.extra"} & on_coming.keys()
    assert shown(table("iop-attendance", targets=["thc"]))["t.targets"].mistakes


def test_an_optional_table_can_be_left_out_and_said() -> None:
    found = shown(table())
    bonus, ladder = found["t.bonus"], found["t.ladder"]
    assert isinstance(bonus, Group)
    assert isinstance(ladder, Group)
    assert (bonus.is_optional, bonus.is_on, ladder.is_optional) == (True, False, False)
    sent = fields(controls(Escalating, table(), []))
    sent["t.bonus"] = "on"
    assert table_of(Escalating, sent)["bonus"] == {}
    sent["t.bonus.every"] = "3"
    assert table_of(Escalating, sent)["bonus"] == {"every": 3}
    del sent["t.bonus"]
    assert "bonus" not in table_of(Escalating, sent)


def test_a_row_is_added_and_taken_away_in_a_list_and_in_a_list_within_a_table() -> None:
    two = added(Escalating, added(Escalating, table(), "t.phases"), "t.phases")
    assert two["phases"] == [{}, {}]
    assert removed(Escalating, two, "t.phases.0")["phases"] == [{}]
    bowl = table()["bowl"]["slips"]
    assert added(Escalating, table(), "t.bowl.slips")["bowl"]["slips"] == [*bowl, {}]
    assert removed(Escalating, table(), "t.bowl.slips.1")["bowl"]["slips"] == [bowl[0], *bowl[2:]]


@pytest.mark.parametrize("where", ["", "t", "t.", "t.weeks", "t.ladder.start", "t.nothing", "t.nothing.2", "x.phases"])
def test_where_there_is_no_list_nothing_is_added_or_taken_away(where: str) -> None:
    assert added(Escalating, table(), where) == table()
    assert removed(Escalating, table(), f"{where}.0") == table()
    assert removed(Escalating, table(), where) == table()
