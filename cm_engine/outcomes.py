"""The field's outcome measures, from what a participant's tests came out as.

Longest duration of abstinence (LDA) is the longest run of negatives. It is told both ways that trials report it: with
a missed sample taken as positive, and with missed and excused ones left out. Percent negative is of scheduled, or of
submitted samples.
"""

from collections.abc import Iterable
from typing import NamedTuple

SUBMITTED = frozenset({"negative", "positive"})
SCHEDULED = SUBMITTED | {"refused", "invalid", "insufficient", "missed", "excused"}
ABSENT = frozenset({"missed", "excused"})


class Measures(NamedTuple):
    """Counts of tests, and longest runs of negatives."""

    submitted: int
    scheduled: int
    negatives: int
    lda_missing_positive: int
    lda_missing_ignored: int

    @property
    def percent_negative_scheduled(self) -> float | None:
        """Negatives of a hundred scheduled tests; None where none was scheduled."""
        return _percent(self.negatives, self.scheduled)

    @property
    def percent_negative_submitted(self) -> float | None:
        """Negatives of a hundred submitted tests; None where none was submitted."""
        return _percent(self.negatives, self.submitted)


def measure(outcomes: Iterable[str]) -> Measures:
    """Measure tests by their outcomes, in order; what was not scheduled (pending, cancelled) is as if it never was."""
    scheduled = [outcome for outcome in outcomes if outcome in SCHEDULED]
    came = [outcome for outcome in scheduled if outcome not in ABSENT]
    return Measures(
        submitted=sum([outcome in SUBMITTED for outcome in scheduled]),
        scheduled=len(scheduled),
        negatives=scheduled.count("negative"),
        lda_missing_positive=longest_run(scheduled),
        lda_missing_ignored=longest_run(came),
    )


def longest_run(outcomes: Iterable[str]) -> int:
    """Give the longest run of negatives; anything else ends it."""
    longest = run = 0
    for outcome in outcomes:
        run = run + 1 if outcome == "negative" else 0
        longest = max(longest, run)
    return longest


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 6) if whole else None
