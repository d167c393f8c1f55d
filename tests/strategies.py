"""Random policies over every key of a policy file."""

from typing import Any

from hypothesis import strategies as st

from cm_engine.caps import PERIODS
from cm_engine.events import OUTCOMES, Kind
from cm_engine.policies.contract import SEEN_AS, Policy
from cm_engine.policies.escalating import Escalating
from cm_engine.policies.written import read_policy

ANALYTES = ("cocaine", "thc", "opioid")
SESSIONS = ("group", "counselling")


def _optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


@st.composite
def _ladders(draw: st.DrawFn, amount: st.SearchStrategy[Any]) -> dict[str, Any]:
    advance = {"advance": draw(st.sampled_from((1, 2, 3, "week")))}
    if draw(st.booleans()):
        return advance | {"values": draw(st.lists(amount, min_size=1, max_size=5))}
    keys = {"start": draw(amount), "step": draw(_optional(amount)), "top": draw(_optional(amount))}
    return advance | _present(keys)


@st.composite
def _phases(draw: st.DrawFn, amount: st.SearchStrategy[Any], weeks: int | None) -> list[dict[str, Any]]:
    bounds = sorted(draw(st.sets(st.integers(1, weeks or 12), max_size=4)))
    phases = [
        {"from_week": first, "to_week": last, "amount": draw(amount)}
        for first, last in zip(bounds[::2], bounds[1::2], strict=False)
    ]
    open_end: bool = draw(st.booleans())
    if phases and open_end:
        del phases[-1]["to_week"]
    return phases


@st.composite
def _caps(draw: st.DrawFn, *, whole: bool) -> dict[str, Any]:
    amount = st.integers(0, 40) if whole else st.decimals(0, 40, places=2).map(str)
    per = draw(st.sampled_from(PERIODS))
    return {
        "amount": draw(amount),
        "per": per,
        **({"first_day": draw(st.sampled_from(("01-01", "03-01", "07-01")))} if per == "fiscal-year" else {}),
        "mode": draw(st.sampled_from(("truncate", "deny"))),
    }


def _present(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value is not None}


@st.composite
def policy_tables(draw: st.DrawFn) -> dict[str, Any]:
    """Make up the table of a policy file of the kind `escalating`, any key of it there or not."""
    on: Kind = draw(st.sampled_from(("test", "test", "attendance", "activity")))
    pays = draw(st.sampled_from(("usd", "points", "draws", "tickets")))
    amount = st.decimals(0, 12, places=2).map(str) if pays == "usd" else st.integers(0, 12)
    worth = draw(_optional(st.sampled_from(("0.25", "0.30", "1.00")))) if pays == "points" else None
    weeks = draw(_optional(st.integers(1, 12)))
    classes = st.dictionaries(st.sampled_from(OUTCOMES[on]), st.sampled_from(SEEN_AS), max_size=3)
    analytes = st.lists(st.sampled_from(ANALYTES), min_size=1, unique=True)
    label = {"label": "all", "count": 3, "value": "1.50"}
    table = {
        "name": "random",
        "title": "A random policy",
        "kind": "escalating",
        "pays": pays,
        "worth": worth,
        "on": on,
        "weeks": weeks,
        "targets": draw(_optional(analytes)) if on == "test" else None,
        "sessions": draw(_optional(st.just(["group"]))) if on != "test" else None,
        "outcomes": draw(_optional(classes)),
        "ladder": draw(_ladders(amount)),
        "phases": draw(_optional(_phases(amount, weeks))),
        "bonus": draw(_optional(st.fixed_dictionaries({"every": st.integers(1, 4), "amount": amount}))),
        "extra": draw(_optional(st.lists(st.fixed_dictionaries({"analytes": analytes, "amount": amount}), max_size=2)))
        if on == "test"
        else None,
        "reset": draw(_optional(st.fixed_dictionaries({"to": st.sampled_from(("start", "never", 1, 2, 3))}))),
        "restore": draw(
            _optional(
                st.fixed_dictionaries(
                    {
                        "after": st.integers(1, 4),
                        "to": st.sampled_from(("paid", "due")),
                        "pays": st.sampled_from(("after", "on")),
                    }
                )
            )
        ),
        "excused": draw(_optional(st.fixed_dictionaries({"holds": st.booleans(), "breaks_bonus": st.booleans()}))),
        "caps": draw(_optional(st.lists(_caps(whole=pays != "usd" and not worth), max_size=3))),
        "corrections": draw(_optional(st.fixed_dictionaries({"clawback": st.booleans()}))),
        "bowl": draw(_optional(st.just({"slips": [label]}))),
    }
    return _present(table)


def policies() -> st.SearchStrategy[Policy[Any]]:
    """Make up policies over every key."""
    return policy_tables().map(_read)


def _read(table: dict[str, Any]) -> Policy[Any]:
    policy, mistakes = read_policy(table, Escalating, [Escalating.kind])
    assert policy is not None, mistakes
    return policy
