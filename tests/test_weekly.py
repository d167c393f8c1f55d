"""Spans of program weeks: written as they are read, and what lies in both of two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cm_engine.forms import Reader
from cm_engine.weekly import Span, Weeks


@st.composite
def spans(draw: st.DrawFn) -> Weeks:
    first = draw(st.integers(1, 12))
    return Weeks(first, draw(st.none() | st.integers(first, 14)))


@given(weeks=spans())
def test_weeks_are_written_as_they_are_read(weeks: Weeks) -> None:
    assert Span().read(str(weeks), (), Reader()) == weeks


@given(first=spans(), second=spans())
def test_two_spans_meet_where_some_week_lies_in_both(first: Weeks, second: Weeks) -> None:
    assert first.meets(second) == any(week in first and week in second for week in range(1, 16))


@pytest.mark.parametrize("written", ["", "0", "1-0", "5-1", "a", "1--2", " 1", "1,2", "01", 1, True, None, ["1"]])
def test_what_is_no_span_is_refused_with_an_example(written: object) -> None:
    reader = Reader()
    Span().read(written, (), reader)
    [(_, what)] = reader.mistakes
    assert '"1-5"' in what
