"""Remembered standings: where somebody stood when this process last wrote to their chain, so that it need not be read again.

A standing is good as long as the chain still ends with the same digest and the same rulebook is in force. Whoever takes one has it
alone; it comes back only once what was done with it is committed.
"""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from cm_engine.rulebook import Rulebook
from cm_engine.standing import Standing

MOST = 256


class Stood(NamedTuple):
    """A standing, the digest that its chain ended with, and the rulebook that it was computed by."""

    digest: bytes
    rulebook: Rulebook
    standing: Standing


class Remembered:
    """The standings of the participants that were written to last."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Stood] = OrderedDict()
        self._lock = Lock()

    def take(self, participant: str, digest: bytes, rulebook: Rulebook) -> Standing | None:
        """Take a participant's standing, if it is good still."""
        with self._lock:
            known = self._known.pop(participant, None)
        if known is None or known.digest != digest or known.rulebook is not rulebook:
            return None
        return known.standing

    def keep(self, participant: str, known: Stood) -> None:
        """Keep a standing that was committed; the one that was used longest ago is forgotten."""
        with self._lock:
            self._known[participant] = known
            if len(self._known) > MOST:
                self._known.popitem(last=False)
