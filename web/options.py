"""Options: how the rooms are served, beside what the engine knows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from cm_engine.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Options:
    """`secret` signs cookies and forms. `is_secure`: reached over TLS only. `is_demo`: made-up people, on this machine alone.

    `is_leaving` tells whether what serves them was told to end, and takes no more requests soon.
    """

    secret: str = field(repr=False)
    settings: Settings = field(default_factory=Settings)
    is_secure: bool = False
    is_demo: bool = False
    is_throttled: bool = True
    is_leaving: Callable[[], bool] = lambda: False
    idle: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(hours=12)
