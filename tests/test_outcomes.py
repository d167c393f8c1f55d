"""Outcome measures: the weekly words of real trial participants, worked out by hand."""

import pytest

from cm_engine.outcomes import measure

LETTERS = {"-": "negative", "+": "positive", "o": "missed"}

WEEKLY_WORDS = [
    ("-------------------o-o-o", 21, 19, 21),
    ("------------o-oooooooooo", 13, 12, 13),
    ("--++*++++++-++++++-+++-".replace("*", "+"), 5, 2, 2),
    ("-o---o---o--o+----------", 19, 10, 10),
    ("-++++++++-+++-----------", 13, 11, 11),
]


@pytest.mark.parametrize(("word", "negatives", "missing_positive", "missing_ignored"), WEEKLY_WORDS)
def test_the_longest_abstinence_of_trial_participants(
    word: str, negatives: int, missing_positive: int, missing_ignored: int
) -> None:
    measures = measure([LETTERS[letter] for letter in word])
    assert measures.negatives == negatives
    assert measures.lda_missing_positive == missing_positive
    assert measures.lda_missing_ignored == missing_ignored


def test_percent_negative_is_of_scheduled_or_of_submitted() -> None:
    measures = measure(["negative", "positive", "missed", "excused", "refused", "negative", "pending", "cancelled", ""])
    assert (measures.submitted, measures.scheduled, measures.negatives) == (3, 6, 2)
    assert measures.percent_negative_scheduled == pytest.approx(100 / 3)
    assert measures.percent_negative_submitted == pytest.approx(200 / 3)


def test_an_excused_or_missed_sample_ends_a_run_only_where_missing_is_positive() -> None:
    measures = measure(["negative", "excused", "negative", "missed", "negative", "invalid", "negative"])
    assert (measures.lda_missing_positive, measures.lda_missing_ignored) == (1, 3)


def test_percentages_of_nothing_are_unknown() -> None:
    measures = measure(["pending"])
    assert measures.percent_negative_scheduled is None
    assert measures.percent_negative_submitted is None
