"""Histories: what of people's events is learned from."""

from datetime import date

from cm_engine.events import Event, Result
from cm_engine.exchange.policy_file import load_policy
from cm_engine.histories import History, history
from tests.stories import MONDAY, event, told

HIGGINS = load_policy("higgins-voucher")
MIEDAR = load_policy("miedar-prize")


def test_outcomes_of_the_weeks_asked_for_are_kept_in_their_order() -> None:
    days = {0: "negative", 7: "missed", 8: "pending", 14: "excused", 15: "positive", 21: "negative"}
    story = told(
        HIGGINS, [event(HIGGINS, date.fromordinal(MONDAY.toordinal() + day), result) for day, result in days.items()]
    )
    assert history(story.account, 3, 24) == History((0, 1, 2, 1), attended=1)
    assert history(story.account, 9, 24).outcomes == (0, 1, 2, 1, 0)
    assert history(story.account, 9, 2).outcomes == (0, 1)


def test_corrected_events_count_as_they_stand_and_voided_ones_not() -> None:
    first, second = (event(HIGGINS, date(2026, 1, day), "positive", day, id=f"e{day}") for day in (5, 7))
    corrected = event(HIGGINS, date(2026, 1, 9), "negative", 20, corrects="e5")
    voided = event(HIGGINS, date(2026, 1, 9), "void", 21, corrects="e7")
    assert history(told(HIGGINS, [first, second, corrected, voided]).account, 12, 24).outcomes == (0,)


def test_analytes_of_an_extra_are_counted_at_successes() -> None:
    def tested(day: int, **found: str) -> Event:
        result = Result("", tuple(sorted({"cocaine": "negative", **found}.items())))  # type: ignore[arg-type]
        return event(MIEDAR, date(2026, 1, day), "", day, result=result)

    events = [
        tested(5, opioid="negative"),
        tested(8, opioid="positive"),
        tested(12, cocaine="positive", opioid="negative"),
    ]
    assert history(told(MIEDAR, events).account, 12, 24, ["opioid", "thc"]) == History((0, 0, 1), 1, (1, 0))
