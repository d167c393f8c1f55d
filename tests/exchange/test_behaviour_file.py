"""Behaviour files: read as they are meant, written so that they read back, and every mistake named by line."""

import pytest
from hypothesis import given

from cm_engine.behaviour import After, Behaviour, Dropout, Moves, Pattern
from cm_engine.errors import InputError
from cm_engine.exchange.behaviour_file import behaviour_text, parse_behaviour
from tests.behaviours import behaviours
from tests.files import BEHAVIOUR

TWO_PATTERNS = """[[patterns]]
share = 0.25
visits = [0.1, 0.4, 0.5]
[patterns.first]
success = 1
[patterns.after.success]
success = 1
[patterns.extra]
opioid = 0.6

[[patterns]]
share = 0.75
attended = 0.5
first = {failure = 1}
after.failure = {failure = 1}
"""


def test_the_sample_of_the_interface_is_one_pattern() -> None:
    assert parse_behaviour("behaviour.toml", BEHAVIOUR) == Behaviour(
        patterns=(
            Pattern(
                first=Moves(success=0.70, failure=0.30),
                after=After(
                    success=Moves(success=0.90, failure=0.07, excused=0.03),
                    failure=Moves(success=0.40, failure=0.60),
                    excused=Moves(success=0.80, failure=0.20),
                ),
                dropout=Dropout(success=0.005, failure=0.03, excused=0.02),
            ),
        )
    )


def test_a_mixture_has_several_patterns_with_their_shares() -> None:
    always, never = parse_behaviour("behaviour.toml", TWO_PATTERNS).patterns
    assert (always.share, always.visits, always.extra) == (0.25, (0.1, 0.4, 0.5), (("opioid", 0.6),))
    assert (never.share, never.attended, never.first) == (0.75, 0.5, Moves(failure=1.0))


@given(behaviour=behaviours())
def test_what_is_written_reads_back_to_the_same(behaviour: Behaviour) -> None:
    assert parse_behaviour("behaviour.toml", behaviour_text(behaviour)) == behaviour


GOOD = "[first]\nsuccess = 1\n[after.success]\nsuccess = 1\n"


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("", [(0, "is empty")]),
        ("[first\n", [(1, "is not TOML")]),
        ("dropout = {success = 0.1}", [(0, '"first" is missing')]),
        (
            "[first]\nsuccess = 0.7\n[after.success]\nsuccess = 1",
            [(1, "the chances add up to 0.7; they must add up to 1")],
        ),
        (
            "[first]\nsuccess = 0.7\nfailure = 0.4\n[after.success]\nsuccess = 1\n[after.failure]\nfailure = 1",
            [(1, "the chances add up to 1.1")],
        ),
        ("[first]\n[after.success]\nsuccess = 1", [(1, "the chances add up to 0")]),
        (GOOD + "failure = 1.5", [(5, "1.5 does not fit: it must be a chance from 0 to 1")]),
        (GOOD + "failure = -0.1", [(5, "-0.1 does not fit")]),
        (GOOD + 'failure = "0.1"', [(5, "without quotes")]),
        (GOOD + "failure = true", [(5, "true does not fit")]),
        (GOOD + "failure = nan", [(5, "does not fit")]),
        (GOOD + "sucess = 0", [(5, 'did you mean "success"')]),
        ("first = 3\n", [(1, "3 does not fit: it must be a table")]),
        (GOOD + "[afer]\nx = 1", [(5, 'did you mean "after"')]),
        (
            "[first]\nsuccess = 1\n[after.success]\nfailure = 1",
            [(3, "after.success leads to failure, and nothing says what follows; give [after.failure]")],
        ),
        ("[first]\nexcused = 1", [(0, "first leads to excused")]),
        (GOOD + "[dropout]\nsuccess = 2\nexcused = 3", [(6, "2 does not fit"), (7, "3 does not fit")]),
        (GOOD + "[extra]\nopiod = 0.5", [(6, 'did you mean "opioid"')]),
        (GOOD + "[extra]\nopioid = 5", [(6, "a chance from 0 to 1")]),
        ("extra = 1\n" + GOOD, [(1, "a table from analytes to chances")]),
        ("visits = [0.5, 0.4]\n" + GOOD, [(1, "the chances add up to 0.9; they must add up to 1")]),
        ("visits = [0.5, 4]\n" + GOOD, [(1, "4 does not fit")]),
        ("share = 0.5\n" + GOOD, [(1, "leave it out")]),
        (
            "[[patterns]]\nshare = 0.5\nfirst = {success = 1}\nafter.success = {success = 1}",
            [(1, "the shares add up to 0.5")],
        ),
        ("[[patterns]]\nshare = 1\nfirst = {success = 2}", [(3, "2 does not fit")]),
        ("patterns = 3", [(1, "3 does not fit: it must be a list")]),
        (TWO_PATTERNS + "[first]\nsuccess = 1\n", [(16, "unknown key")]),
    ],
)
def test_every_mistake_is_named_by_its_line(text: str, mistakes: list[tuple[int, str]]) -> None:
    with pytest.raises(InputError) as told:
        parse_behaviour("behaviour.toml", text)
    found = [(mistake.line, mistake.text("behaviour.toml")) for mistake in told.value.mistakes]
    assert [line for line, _ in found] == [line for line, _ in mistakes], found
    assert all(words in said for (_, said), (_, words) in zip(found, mistakes, strict=True)), found
