"""The trail of an award: every step from its event to the prize in somebody's hand, and nobody's name."""

from typing import Any

import pytest

from cm_engine.actions.correct import void
from cm_engine.actions.draw import draw_by_hand, open_draws, pick, reseal
from cm_engine.actions.enrol import enrol
from cm_engine.actions.find_award import Narrowed, awards_page, participant_of
from cm_engine.actions.redeem import cancel, choose, hand_over
from cm_engine.actions.requests import Answer
from cm_engine.actions.trail import trail
from cm_engine.standing import RefusedError
from cm_engine.store.awarded import latest
from tests.clinic import DEV, Clinic, clinic


def steps(riverside: Clinic, participant: str, event: str) -> list[Any]:
    return list(trail(riverside.engine, participant, event)["steps"])


def words(told: list[Any]) -> list[str]:
    return [step["step"] for step in told]


def drawn_small(riverside: Clinic, participant: str) -> None:
    draw_by_hand(riverside.engine, riverside.request(), participant, "va-prize", "small")


def test_an_award_is_followed_to_the_prize_in_somebodys_hand(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        first = riverside.event(ada)
        riverside.clock.go_on(days=3)
        second = riverside.event(ada)  # two draws
        opened = open_draws(riverside.engine, riverside.request(), ada, "va-prize", 2)["draws"]
        reseal(riverside.engine, riverside.request(), ada)
        receipt = pick(riverside.engine, riverside.request(), ada, opened[1]["draw"], 7)
        drawn_small(riverside, ada)
        card = choose(riverside.engine, riverside.request(), ada, riverside.prize("Coffee card"))["redemption"]
        hand_over(riverside.engine, riverside.request()._replace(actor="femi"), ada, card)

        told = steps(riverside, ada, second)
        assert words(told)[:4] == ["event-recorded", "draw-opened", "draw-resealed", "slip-picked"]
        assert words(told)[-2:] == ["prize-chosen", "prize-handed-over"]
        assert [step["actor"] for step in told] == [DEV] * (len(told) - 1) + ["femi"]
        (award,) = told[0]["awards"]
        assert (award["policy"], award["amount"], award["version"]["number"]) == ("va-prize", "2", 1)
        assert told[0]["entries"] == [
            {
                "from": {"what": "fund", "of": "", "whose": "State Medicaid"},
                "to": {"what": "held", "of": "va-prize", "whose": "participant"},
                "unit": "draws",
                "amount": "2",
                "on": "2026-03-05",
            }
        ]
        assert told[3]["receipt"] == receipt
        assert told[-2]["prize"] == "Coffee card"
        assert words(steps(riverside, ada, first)) == ["event-recorded", "draw-opened", "draw-resealed"]


def test_what_is_not_spent_yet_is_told(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize", "higgins-voucher") as riverside:
        ada = riverside.enrol("Ada")
        event = riverside.event(ada)
        drawn_small(riverside, ada)
        left = trail(riverside.engine, ada, event)["left"]
        assert left == [
            {"what": "held", "of": "", "whose": "participant", "unit": "usd", "amount": "2.50"},
            {"what": "won", "of": "small", "whose": "participant", "unit": "slips", "amount": "1"},
        ]


def test_corrections_and_what_they_took_back_are_steps(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        event = riverside.event(ada)
        riverside.clock.go_on(hours=1)
        void(riverside.engine, riverside.request(), ada, event)
        told = trail(riverside.engine, ada, event)
        assert told["outcome"] == "void"
        assert words(told["steps"]) == ["event-recorded", "result-corrected"]
        assert [entry["to"]["what"] for entry in told["steps"][1]["entries"]] == ["fund"]
        assert told["left"] == []


def test_a_prize_that_was_cancelled_and_chosen_again_is_followed_both_times(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        event = riverside.event(ada)
        drawn_small(riverside, ada)
        for end in (cancel, hand_over):
            chosen = choose(riverside.engine, riverside.request(), ada, riverside.prize("Coffee card"))
            end(riverside.engine, riverside.request()._replace(actor="femi"), ada, chosen["redemption"])
        told = words(steps(riverside, ada, event))
        assert told[2:] == ["prize-chosen", "redemption-cancelled", "prize-chosen", "prize-handed-over"]


def test_a_trail_names_nobody(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        person = {"name": "Ada Lovelace"}
        answer = enrol(
            riverside.engine, riverside.request(), riverside.program, "ADA-12", riverside.today, person=person
        )
        ada = answer["participant"]
        told = str(trail(riverside.engine, ada, riverside.event(ada)))
        assert "ADA-12" not in told
        assert "Lovelace" not in told


def test_an_event_of_somebody_else_leads_nowhere(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, ben = riverside.enrol("Ada"), riverside.enrol("Ben")
        event = riverside.event(ada)
        with pytest.raises(RefusedError, match="has no event"):
            trail(riverside.engine, ben, event)


# Finding an award


def site_of(riverside: Clinic) -> str:
    site: str = riverside.ask("SELECT id FROM sites")[0][0]
    return site


def found(riverside: Clinic, **narrowed: Any) -> list[Answer]:
    return list(awards_page(riverside.engine, site_of(riverside), Narrowed(**narrowed))["rows"])


def test_an_award_is_found_by_the_id_of_its_event_at_ones_own_sites(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol("Ada")
        event = riverside.event(ada)
        assert participant_of(riverside.engine, event, {site_of(riverside)}) == ada
        assert participant_of(riverside.engine, event, {"elsewhere"}) is None
        assert participant_of(riverside.engine, "nothing", {site_of(riverside)}) is None


def test_awards_are_found_by_day_and_policy_the_latest_first(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize", "higgins-voucher") as riverside:
        ada = riverside.enrol("Ada")
        monday = riverside.today
        first = riverside.event(ada)
        riverside.clock.go_on(days=2)
        second = riverside.event(ada)
        riverside.clock.go_on(hours=1)
        void(riverside.engine, riverside.request(), ada, second)
        assert [row["event"] for row in found(riverside, policy="higgins-voucher")] == [second, second, first]
        taken_back, _, _ = found(riverside, policy="va-prize")
        assert [(one["unit"], one["amount"], one["of"], one["is_taken_back"]) for one in taken_back["moved"]] == [
            ("draws", "2", "va-prize", True),
            ("usd", "3.75", "", True),
        ]
        assert [row["event"] for row in found(riverside, to_day=monday)] == [first]
        assert {row["event"] for row in found(riverside, from_day=riverside.today)} == {second}
        assert found(riverside, policy="no such policy") == []


def test_pages_of_awards_follow_each_other_without_a_gap_or_a_repeat(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize", "higgins-voucher") as riverside:
        ada = riverside.enrol("Ada")
        riverside.tests(ada, "NNNNN")
        seen: list[str] = []
        behind = ""
        while True:
            page = awards_page(riverside.engine, site_of(riverside), Narrowed(), behind=behind, most=2)
            seen += [row["event"] for row in page["rows"]]
            behind = page["older"]
            if not behind:
                break
        assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("sought", [(False, False, False), (True, True, False), (False, False, True)])
def test_no_page_of_awards_needs_the_whole_log_or_a_sort_of_it(
    migrated_sqlite_url: str, sought: tuple[bool, bool, bool]
) -> None:
    with clinic(migrated_sqlite_url) as riverside, riverside.engine.database.engine.connect() as connection:
        asked = latest(*sought, is_behind=True).compiled(connection.dialect)
        given = {"most": 50, "seq": 1, **asked.fixed}
        values = tuple(given.get(name, "2026-01-15") for name in asked.names)
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.text}", values)]
        assert "SEARCH log USING INDEX ix_log_recorded_at" in plan[1], plan
        assert plan.count("USE TEMP B-TREE FOR ORDER BY") <= 1, plan  # of the page's entries
