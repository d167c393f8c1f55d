"""The made-up people of the demo, and the course that each of them takes. None of them is, or is like, anybody.

Days are counted back from today, so that everybody stands at the same place whenever the demo is made.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Away(NamedTuple):
    """A time, in days ago, that somebody was away with a reason that the program accepts."""

    since: int
    until: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Course:
    """How somebody does: when they began, and the chances that a test is negative, and that they come, or do what they planned.

    Days are days ago. `setbacks` are tests, counted from 1, that come out positive, whatever the chance; `slow_weeks` program
    weeks in which they come to half of what is expected. `gone` is the day since which they come no more, `left` the last day
    of their enrolment, `back` the first one of another. `saves`: they keep their draws and prizes for later.
    """

    began: int
    clean: float = 0.95
    comes: float = 0.95
    does: float = 0.8
    setbacks: tuple[int, ...] = ()
    slow_weeks: tuple[int, ...] = ()
    away: tuple[Away, ...] = ()
    gone: int | None = None
    left: int | None = None
    back: int | None = None
    saves: bool = False
    prescribed: str = ""  # an analyte that a prescription explains
    overturned: int = 0  # the test, counted from 1, that a laboratory found to be the other way round
    mistaken: int = 0  # the attendance, counted from 1, at which somebody else's test was put down for them


class MadeUp(NamedTuple):
    """A made-up person: name, code, and course."""

    name: str
    code: str
    course: Course


LONG_RUNS = (
    MadeUp("Adaeze Nwosu", "K4817", Course(began=57, clean=1.0, comes=1.0, does=0.9)),
    MadeUp("Lucía Herrera", "K2093", Course(began=57, clean=1.0, comes=0.98, saves=True)),
    MadeUp("Walter Jennings", "K5540", Course(began=55, clean=1.0, comes=0.96, does=0.6)),
    MadeUp("Mei-Ling Chow", "K7712", Course(began=50, clean=1.0, comes=0.97)),
    MadeUp("Terrence Boateng", "K3368", Course(began=43, clean=1.0, comes=0.94)),
    MadeUp("Sofía Delgado", "K9021", Course(began=36, clean=1.0, comes=0.97, does=0.95)),
)

SETBACKS = (
    MadeUp("Benjamin Krause", "K1275", Course(began=56, setbacks=(7, 8), clean=1.0)),
    MadeUp("Yolanda Whitfield", "K6604", Course(began=52, setbacks=(4, 11), clean=1.0, comes=0.9)),
    MadeUp("Darnell Hughes", "K8159", Course(began=49, setbacks=(5,), clean=1.0, slow_weeks=(3,))),
    MadeUp("Ingrid Solberg", "K4426", Course(began=44, clean=0.75, comes=0.85)),
    MadeUp("Rafael Montoya", "K2981", Course(began=41, setbacks=(2, 3, 9), clean=1.0, comes=0.9)),
    MadeUp("Priscilla Okonkwo", "K7033", Course(began=33, setbacks=(6,), clean=1.0, comes=0.93)),
    MadeUp("Duc Pham", "K5297", Course(began=30, clean=0.6, comes=0.8, does=0.5)),
    MadeUp(
        "Rosalind Teague",
        "K3810",
        Course(began=27, setbacks=(5,), clean=1.0, slow_weeks=(2,), prescribed="amphetamine"),
    ),
)

OVERTURNED = (
    MadeUp("Noor Rahmani", "K6148", Course(began=45, clean=1.0, setbacks=(9,), overturned=9, comes=0.97)),
    MadeUp("Gregory Paulson", "K9470", Course(began=38, clean=1.0, overturned=6, comes=0.95)),
    MadeUp("Camille Fontaine", "K1832", Course(began=24, clean=1.0, mistaken=8)),
)

AWAY = (
    MadeUp("Samuel Ortega", "K8365", Course(began=48, clean=1.0, away=(Away(20, 12, "hospital"),))),
    MadeUp("Leilani Kahale", "K4079", Course(began=40, away=(Away(23, 22, "illness"), Away(6, 5, "no transport")))),
    MadeUp("Patrick Doyle", "K2556", Course(began=31, clean=0.85, away=(Away(13, 9, "jail"),))),
)

GONE = (
    MadeUp("Tamika Rollins", "K7290", Course(began=54, clean=0.7, comes=0.75, gone=34, left=20)),
    MadeUp("Viktor Lazarov", "K5913", Course(began=46, clean=0.5, comes=0.6, gone=37, left=23)),
    MadeUp("Bridget Malloy", "K3642", Course(began=35, clean=0.8, comes=0.8, gone=12)),
    MadeUp("Emeka Adeleke", "K8807", Course(began=53, clean=0.6, comes=0.7, gone=44, left=30, back=16)),
)

# They came into the program before it had rewards, and came to the end of its weeks since.
COMPLETED = (
    MadeUp("Hannah Lindqvist", "K1168", Course(began=98, clean=1.0, comes=0.97, left=8)),
    MadeUp("Curtis Vaughn", "K6725", Course(began=105, clean=0.9, left=15)),
)

NEW = (
    MadeUp("Alejandra Ríos", "K9384", Course(began=13, clean=1.0, comes=1.0)),
    MadeUp("Jerome Castillo", "K2417", Course(began=8, clean=1.0)),
    MadeUp("Fatima El-Amin", "K5071", Course(began=4, clean=1.0, comes=1.0)),
    MadeUp("Cleo Marchetti", "K7956", Course(began=1, clean=1.0, comes=1.0)),
)

PEOPLE = (*LONG_RUNS, *SETBACKS, *OVERTURNED, *AWAY, *GONE, *COMPLETED, *NEW)


def by_code() -> dict[str, MadeUp]:
    """Give the made-up people by their codes."""
    return {person.code: person for person in PEOPLE}


def phones() -> Iterator[tuple[str, str]]:
    """Give everybody's code with a telephone number out of those that are kept for made-up people."""
    for place, person in enumerate(PEOPLE):
        yield person.code, f"555-01{place + 10:02}"
