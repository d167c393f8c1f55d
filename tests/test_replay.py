"""Walking a log: the order of events, the first day, and what the next visit is worth."""

from datetime import UTC, date, datetime

from cm_engine.events import Event, Result
from cm_engine.exchange.policy_file import load_policy
from cm_engine.replay import in_order, open_accounts, replay
from tests.stories import MONDAY, event, pays, tells, told

HIGGINS = load_policy("higgins-voucher")
VA = load_policy("va-prize")


def at(moment: str, place: int, outcome: str = "negative", **more: str) -> Event:
    """Make a test at a moment of 5 January 2026 or so."""
    when = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return Event("p1", when, when.date(), moment, place, "test", Result(outcome), **more)


def test_events_are_ordered_by_moment_and_then_by_place() -> None:
    late, early, same = at("2026-01-05T10:00", 1), at("2026-01-05T09:00", 2), at("2026-01-05T10:00", 3)
    assert in_order([late, early, same]) == [early, late, same]


def test_a_correction_of_the_same_day_stands_behind_its_event_whatever_its_time() -> None:
    original = at("2026-01-05T10:00", 2, id="a")
    without_time = at("2026-01-05", 1, "positive", corrects="a")
    between = at("2026-01-05T09:00", 3, "pending")
    assert in_order([without_time, original, between]) == [between, original, without_time]


def test_the_latest_correction_wins_by_its_own_moment() -> None:
    original = at("2026-01-05T10:00", 1, id="a")
    second = at("2026-01-07", 2, "negative", corrects="a")
    first = at("2026-01-06", 3, "positive", corrects="a")
    assert told(HIGGINS, [original, second, first]).account.dues() == {(date(2026, 1, 5), ""): 250}


def test_weeks_count_from_the_first_day() -> None:
    lines = told(VA, [event(VA, date(2026, 1, day), "negative", day) for day in (7, 13, 14)]).lines
    assert [line.week for line in lines] == [1, 1, 2]


def test_events_before_the_start_pay_nothing_and_change_nothing() -> None:
    days = [event(VA, date(2026, 1, day), "negative", day) for day in (2, 5, 6)]
    result = told(VA, days, start=MONDAY)
    assert result.amounts == ["0", "1", "2"]
    assert [line.seen.seen_as for line in result.lines] == ["success"] * 3
    assert len(result.account.seen) == 2


def test_the_next_visit_is_a_plain_success_on_the_next_day_after_caps() -> None:
    assert tells("va-prize", "Mon 2026-01-05  negative  1").next_visit == "2"
    assert tells("va-prize", "Mon 2026-01-05  positive  0").next_visit == "1"
    assert tells("miedar-prize", "Mon 2026-01-05  negative, opioid negative too  1 + 2").next_visit == "1"
    assert (
        tells("higgins-voucher", "Mon 2026-01-05  negative  2.50\nTue 2026-01-06  negative  3.75").next_visit == "15.00"
    )


def test_the_next_visit_is_worth_nothing_after_the_last_day_or_before_the_day_before_the_first() -> None:
    last_day = [event(VA, MONDAY, "negative", 1), event(VA, date(2026, 3, 29), "negative", 2)]
    result = told(VA, last_day)
    assert (result.amounts, result.next_visit) == (["1", "2"], "0")
    early = told(VA, [event(VA, date(2026, 1, 3), "negative")], start=MONDAY)
    assert early.next_visit == "0"
    assert told(VA, [event(VA, date(2026, 1, 4), "negative")], start=MONDAY).next_visit == "1"


def test_policies_take_only_events_of_their_kind_in_the_order_given() -> None:
    attendance = load_policy("iop-attendance")
    test, visit = event(VA, MONDAY, "negative", 1), event(attendance, MONDAY, "attended", 2)
    accounts = open_accounts([attendance, VA, HIGGINS], [test, visit], None)
    lines = [(line.event.kind, line.policy.name) for _, line in replay([test, visit], accounts)]
    assert lines == [("test", "va-prize"), ("test", "higgins-voucher"), ("attendance", "iop-attendance")]


def test_a_test_that_reports_some_targets_only_counts_by_them_and_is_told() -> None:
    partial = event(VA, MONDAY, "", result=Result("", (("amphetamine", "negative"), ("cocaine", "negative"))))
    result = told(VA, [partial])
    assert result.amounts == ["1"]
    assert result.account.seen[0].unreported == ("methamphetamine",)


def test_a_year_end_in_the_middle_gives_a_new_yearly_cap() -> None:
    california = load_policy("recovery-incentives-ca")
    assert pays(california, "W1 NN")[0] == "10.00"
    days = [event(california, date(2026, 12, 31), "negative", 1), event(california, date(2027, 1, 1), "negative", 2)]
    assert told(california, days).amounts == ["10.00", "10.00"]


def test_voiding_an_event_from_before_the_start_takes_nothing_back_elsewhere() -> None:
    events = [
        event(VA, date(2026, 1, 2), "negative", 1, id="early"),
        event(VA, date(2026, 1, 5), "negative", 2, id="first"),
        event(VA, date(2026, 1, 6), "positive", 3, corrects="first"),
        event(VA, date(2026, 1, 7), "void", 4, corrects="early"),
    ]
    assert told(VA, events, start=MONDAY).amounts == ["0", "1", "0", "0"]
