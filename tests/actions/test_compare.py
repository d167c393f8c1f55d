"""Compare: versions, who is under which, and by how much they differ, on both databases."""

from datetime import timedelta

import pytest

from cm_engine.actions import compare
from cm_engine.actions.compare import marked, policies_of
from cm_engine.actions.enrol import discharge
from cm_engine.actions.revise import publish
from cm_engine.actions.roll_up import roll_up
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from tests.clinic import clinic


def test_who_is_under_a_version_is_listed_page_by_page_until_they_leave(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "MOST_A_PAGE", 2)
    with clinic(migrated_url, "va-prize") as riverside:
        people = {code: riverside.enrol(code) for code in ("Cleo", "Ada", "Ben", "Gus")}
        discharge(riverside.engine, riverside.request(), people["Gus"], riverside.today)
        riverside.clock.go_on(days=1)
        roll_up(riverside.engine)
        [policy] = policies_of(riverside.engine, riverside.program)["policies"]
        [version] = policy["versions"]
        assert (version["under"], version["state"]) == (3, "new enrolments take it")
        what = f"under:{version['id']}"
        first = marked(riverside.engine, riverside.program, what)
        assert [one["participant"] for one in first["people"]] == [people["Ada"], people["Ben"]]
        last = marked(riverside.engine, riverside.program, what, first["more"])
        assert ([one["participant"] for one in last["people"]], last["more"]) == ([people["Cleo"]], "")


def test_a_version_to_come_says_what_it_changes(migrated_url: str) -> None:
    with clinic(migrated_url, "va-prize") as riverside:
        longer = parse_policy("longer", policy_text(load_policy("va-prize")).replace("weeks = 12", "weeks = 24"))
        tomorrow = riverside.today + timedelta(days=1)
        publish(riverside.engine, riverside.request(), riverside.program, longer, tomorrow)
        [policy] = policies_of(riverside.engine, riverside.program)["policies"]
        later, first = policy["versions"]
        assert (later["number"], later["from_day"], later["state"]) == (2, tomorrow, "to come")
        assert [(one.key, one.before, one.after) for one in later["changes"]] == [("weeks", "12", "24")]
        assert (first["from_day"], first["changes"]) == (None, [])
