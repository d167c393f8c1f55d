"""Program words: what the terms of a program say, as staff would say it."""

import pytest

from cm_engine.catalogue import PROGRAMS
from cm_engine.exchange.program_file import load_program, parse_terms
from cm_engine.program_words import in_words
from tests.clinic import PROGRAM

EVERYTHING = (
    PROGRAM.replace("weeks = 12\n", "")
    + """
[testing]
days = ["mon", "thu"]

[close_out]
grace_hours = 1
confirm = false

[[timetable]]
weeks = "3"
sessions = [ {day = "sun", at = "09:30", hours = 1.5, session = "family-therapy"} ]
"""
)


def told(text: str) -> dict[str, list[str]]:
    return dict(in_words(parse_terms("program", text)))


def test_terms_are_told_in_sentences() -> None:
    assert told(EVERYTHING) == {
        "Length": ["No end is set."],
        "Expected in week 3": ["Sunday at 9:30 AM: family therapy, 1.5 h."],
        "Tests": ["Every Monday and Thursday."],
        "What nobody recorded": [
            "An expected visit that nobody recorded counts as missed 1 hour after the end of its day."
        ],
        "Who pays": ["State Medicaid, with $60,000.00 a year. At most $599.00 a calendar year for one participant."],
        "Goals that may be rewarded": ["None."],
        "Prizes": [
            "Coffee card: drawn as small, worth $1.00, limited use card; reorder at 15.",
            "Headphones: drawn as large, worth $20.00, in kind.",
            "Bus pass: for 20 points, worth $5.00, limited use card.",
            "Grocery card: for its value, worth $10.00, limited use card.",
            "5 won prizes of size small may be traded for one of size large.",
        ],
    }


def test_what_is_not_set_is_told_too() -> None:
    bare = told('name = "a"\ntitle = "A"\nsite = "s"\ntimezone = "UTC"\nweeks = 1\n')
    assert bare["Length"] == ["1 week."]
    assert bare["Sessions"] == ["None is expected on a day of its own."]
    assert bare["Tests"] == ["No test is expected on a day of its own."]
    assert bare["Who pays"] == ["No payer is named: no payer's cap holds."]
    assert bare["Prizes"] == ["The cabinet is empty."]


@pytest.mark.parametrize("named", PROGRAMS)
def test_every_program_that_ships_can_be_told(named: str) -> None:
    sections = in_words(load_program(named))
    assert len(sections) >= 7
    assert all(section.says and all(said.endswith(".") for said in section.says) for section in sections)
