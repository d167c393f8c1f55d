"""The clock: what time it is. Everything that asks is handed one, so that tests can tell the time."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

# Gives the present moment, aware, in UTC.
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Tell the time by the machine's clock."""
    return datetime.now(UTC)


@lru_cache(maxsize=4096)
def written(moment: datetime) -> str:
    """Write a moment the way the store keeps it: ISO 8601 in UTC, always to the microsecond, so that it sorts."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def read(text: str) -> datetime:
    """Read a moment that `written` wrote."""
    return datetime.fromisoformat(text)
