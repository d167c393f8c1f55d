"""The picture of a ladder: a few steps around where somebody stands, as figures that a drawing is made of."""

from collections.abc import Sequence
from typing import NamedTuple

from cm_engine.actions.outlook import Climb
from cm_engine.ladder import Rung
from web.kiosk import words

SHOWN = 5
WIDTH, HEIGHT = 500, 230
GAP = 10
EDGE = 3
ROOM_FOR_AMOUNT = 46
LOWEST = 44


class Step(NamedTuple):
    """One step: where it is drawn, its place and amount, and whether it is behind, next or ahead."""

    x: int
    y: int
    width: int
    height: int
    place: int
    amount: str
    state: str

    @property
    def middle(self) -> int:
        """Where its words stand."""
        return self.x + self.width // 2


class Picture(NamedTuple):
    """A drawing of a ladder, and the whole of it as a table."""

    width: int
    height: int
    steps: Sequence[Step]
    all: Sequence[tuple[int, str]]


def picture(climb: Climb) -> Picture | None:
    """Draw a ladder; none where it has no steps, or no step is next."""
    rungs, place = climb.ladder.rungs, climb.ladder.place
    if place is None or len(rungs) < 2:
        return None
    shown = _around(rungs, place)
    floor = HEIGHT - EDGE
    rise = (floor - ROOM_FOR_AMOUNT - LOWEST) // (len(shown) - 1)
    width = (WIDTH - 2 * EDGE + GAP) // len(shown) - GAP
    steps = [
        Step(
            EDGE + number * (width + GAP),
            floor - LOWEST - number * rise,
            width,
            LOWEST + number * rise,
            rung.place,
            words.short(climb.unit, rung.amount),
            "done" if rung.place < place else "next" if rung.place == place else "ahead",
        )
        for number, rung in enumerate(shown)
    ]
    listed = [(rung.place, words.written(climb.unit, rung.amount)) for rung in rungs]
    return Picture(WIDTH, HEIGHT, steps, listed)


def _around(rungs: Sequence[Rung], place: int) -> Sequence[Rung]:
    """Give the steps around a place, which is among them, and of the highest where it lies beyond them."""
    here = next((number for number, rung in enumerate(rungs) if rung.place >= place), len(rungs) - 1)
    first = max(0, min(here - SHOWN // 2, len(rungs) - SHOWN))
    return rungs[first : first + SHOWN]
