"""The agenda: what is to happen at which moment, in order, with the clock put there each time."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

Deed = Callable[[], object]


@dataclass
class PutClock:
    """A clock that shows what it was put to."""

    now: datetime

    def __call__(self) -> datetime:
        """Tell the moment it was put to."""
        return self.now


@dataclass
class Agenda:
    """What is still to happen; of two things at the same moment, the one put down first comes first."""

    clock: PutClock
    waiting: list[tuple[datetime, int, Deed]] = field(default_factory=list)
    put_down: int = 0

    def at(self, moment: datetime, deed: Deed) -> None:
        """Put something down for a moment; what is past already happens next."""
        self.put_down += 1
        heapq.heappush(self.waiting, (max(moment.astimezone(UTC), self.clock.now), self.put_down, deed))

    def go_on_until(self, end: datetime) -> None:
        """Let everything happen until a moment, and put the clock there; what comes later stays undone."""
        while self.waiting and self.waiting[0][0] <= end:
            moment, _, deed = heapq.heappop(self.waiting)
            self.clock.now = moment
            deed()
        self.clock.now = end
