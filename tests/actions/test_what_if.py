"""What-if: a program's own history under drafts, beside what was posted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import pytest

from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.enrol import step_over
from cm_engine.actions.look import look
from cm_engine.actions.requests import Answer
from cm_engine.actions.revise import publish, set_up, take_version
from cm_engine.actions.what_if import Wanted, what_if, what_if_for
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.exchange.program_file import parse_terms
from cm_engine.standing import RefusedError
from tests.clinic import PROGRAM, Clinic, clinic

HIGGINS, VA_PRIZE = load_policy("higgins-voucher"), load_policy("va-prize")
DEARER = parse_policy("story", policy_text(HIGGINS).replace('start = "2.50"', 'start = "5.00"'))
CAPPED = PROGRAM.replace("599.00", "20.00")


class People(NamedTuple):
    riverside: Clinic
    ada: str
    ben: str
    cleo: str

    def would_be(self, **wanted: object) -> Answer:
        return what_if(self.riverside.engine, Wanted(self.riverside.program, **wanted))  # type: ignore[arg-type]


@pytest.fixture
def people(migrated_url: str) -> Iterator[People]:
    """Ada has a long run and a draw, Ben a setback, Cleo nothing yet; a payer's cap of 20.00 holds back some of Ada's."""
    with clinic(migrated_url, HIGGINS, VA_PRIZE, program=CAPPED) as riverside:
        ada, ben, cleo = (riverside.enrol(code) for code in ("Ada", "Ben", "Cleo"))
        riverside.tests(ada, "NNNNN")
        draw_by_hand(riverside.engine, riverside.request(), ada, VA_PRIZE.name, "small")
        riverside.tests(ben, "NP")
        yield People(riverside, ada, ben, cleo)


def test_a_dearer_draft_is_told_beside_what_was_posted_and_nothing_is_written(people: People) -> None:
    before = people.riverside.rows()
    told = people.would_be(drafts={HIGGINS.name: DEARER})
    assert people.riverside.rows() == before
    amounts = {one["unit"]: (one["before"], one["after"], one["difference"]) for one in told["amounts"]}
    assert amounts == {"draws": ("16", "16", "0"), "usd": ("22.50", "25.00", "2.50")}
    assert (told["better"], told["same"], told["worse"]) == (1, 1, 0)
    [month] = told["by_month"]
    assert (month["month"], month["value"]["difference"]) == ("2026-03", "2.50")
    [cap] = told["caps"]
    assert (cap["source"], cap["before"]["value"], cap["after"]["value"]) == ("State Medicaid", "15.00", "27.50")
    assert [one["participant"] for one in cap["people"]] == [people.ada]
    [winner] = told["winners"]
    assert winner["participant"] == people.ben
    [step] = winner["steps"]
    assert (step["before"]["why"], step["after"]["why"]) == (
        "first negative in a row: ladder place 1, 2.50 usd",
        "first negative in a row: ladder place 1, 5.00 usd",
    )
    assert [step["after"]["amount"] for step in what_if_for(people.riverside.engine, _dearer(people), people.ada)][
        :2
    ] == ["5.00", "6.25"]


def _dearer(people: People) -> Wanted:
    return Wanted(people.riverside.program, {HIGGINS.name: DEARER})


def test_under_what_is_in_force_it_is_what_everybody_has(people: People) -> None:
    told = people.would_be(drafts={HIGGINS.name: HIGGINS, VA_PRIZE.name: VA_PRIZE})
    assert (told["better"], told["worse"], told["winners"], told["losers"]) == (0, 0, [], [])
    for one in told["people"]:
        has = {p["unit"]: p["earned"] for p in look(people.riverside.engine, one["participant"])["policies"]}
        assert {amount["unit"]: amount["after"] for amount in one["amounts"]} == has
    assert people.cleo not in {one["participant"] for one in told["people"]}


def test_prizes_are_told_by_what_draws_bring_on_average_beside_what_is_in_the_cabinet(people: People) -> None:
    half = parse_policy("half", policy_text(VA_PRIZE).replace("top = 8", "top = 1"))
    prizes = {one["size"]: one for one in people.would_be(drafts={VA_PRIZE.name: half})["prizes"]}
    assert prizes["small"] == {"size": "small", "before": "6.7", "after": "2.5", "on_hand": 60}
    assert prizes["large"] == {"size": "large", "before": "1.3", "after": "0.5", "on_hand": 3}


def test_vouchers_may_be_tried_in_place_of_draws(people: People) -> None:
    vouchers = replace(HIGGINS, name="cents")
    told = people.would_be(drafts={VA_PRIZE.name: vouchers})
    [under] = [one for one in told["by_policy"] if one["policy"] == VA_PRIZE.name]
    assert {one["unit"] for one in under["amounts"]} == {"draws", "usd"}
    with pytest.raises(RefusedError, match="pays in draws, and the draft in usd"):
        people.would_be(drafts={VA_PRIZE.name: vouchers}, from_day=people.riverside.today)


def test_what_cannot_be_tried_is_refused(people: People) -> None:
    with pytest.raises(RefusedError, match='the program has no policy "iop-attendance"'):
        people.would_be(drafts={"iop-attendance": load_policy("iop-attendance")})
    with pytest.raises(RefusedError, match="is on test, and the draft is on attendance"):
        people.would_be(drafts={HIGGINS.name: load_policy("iop-attendance")})
    with pytest.raises(RefusedError, match="there is no program"):
        what_if(people.riverside.engine, Wanted("nowhere", {}))


def test_it_tells_how_far_it_is(people: People) -> None:
    told: list[tuple[int, int]] = []
    what_if(people.riverside.engine, _dearer(people), lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_from_a_day_it_is_what_publishing_it_for_that_day_would_have_paid(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada = riverside.enrol()
        thursday = riverside.today + timedelta(days=3)
        taken = publish(riverside.engine, riverside.request(), riverside.program, DEARER, thursday)["version"]
        riverside.tests(ada, "NNN")
        wanted = Wanted(riverside.program, {HIGGINS.name: DEARER}, thursday)
        riverside.tests(ada, "NN")
        other = riverside.enrol("Ben", thursday - timedelta(days=3))
        take_version(
            riverside.engine, riverside.request(), other, HIGGINS.name, taken, riverside.today + timedelta(days=1)
        )
        told = what_if(riverside.engine, wanted)
        assert [one["difference"] for one in told["amounts"]] == ["5.00"]
        assert [step["on"] for step in told["winners"][0]["steps"]] == [thursday, thursday + timedelta(days=1)]


def test_who_has_stepped_over_to_another_program_counts_with_what_they_earned_here(migrated_url: str) -> None:
    with clinic(migrated_url, HIGGINS) as riverside:
        ada = riverside.enrol()
        riverside.tests(ada, "N")
        terms = parse_terms("program", PROGRAM.replace("riverside-iop", "riverside-php"))
        other = set_up(riverside.engine, riverside.request(), terms, [HIGGINS])["program"]
        step_over(riverside.engine, riverside.request(), ada, other, riverside.today)
        riverside.tests(ada, "N")
        told = what_if(riverside.engine, Wanted(riverside.program, {HIGGINS.name: DEARER}))
        assert [(one["before"], one["after"]) for one in told["amounts"]] == [("2.50", "5.00")]
