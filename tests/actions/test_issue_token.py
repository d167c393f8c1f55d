"""Tokens: issued by an admin for some sites and scopes, shown once, known by a digest, good until revoked or over."""

from datetime import timedelta
from typing import Any

from cm_engine.actions.activity import activity_page
from cm_engine.actions.issue_token import Issued, Wished, bearer_of, issue, revoke, tokens_of
from cm_engine.actions.requests import ConflictError, Request
from tests.clinic import Clinic, clinic

LAB = Wished("Laboratory", frozenset({"record", "correct"}), frozenset(), 30)


def wished(riverside: Clinic, **changed: Any) -> Wished:
    return LAB._replace(**{"sites": frozenset({site(riverside)}), **changed})


def site(riverside: Clinic) -> str:
    found: str = riverside.ask("SELECT id FROM sites")[0][0]
    return found


def issued(riverside: Clinic, **changed: Any) -> Issued:
    return issue(riverside.engine, riverside.request(), wished(riverside, **changed))


def why_not(riverside: Clinic, made: Issued) -> str | None:
    bearer = bearer_of(riverside.engine, made.says)
    return bearer.why_not if bearer else None


def test_a_token_is_known_by_what_it_says_and_may_what_it_was_given(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        made = issued(riverside, title="  The   laboratory ")
        bearer = bearer_of(riverside.engine, made.says)
        assert bearer is not None
        assert bearer.why_not == ""
        token = bearer.token
        assert (token.id, token.title, token.scopes) == (made.token, "The laboratory", LAB.scopes)
        assert token.sites == {site(riverside)}
        assert bearer_of(riverside.engine, f"{made.says}x") is None
        assert tokens_of(riverside.engine, ["another"]) == []


def test_what_it_says_is_kept_nowhere(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        made = issued(riverside)
        assert made.says.startswith("cme_")
        assert not [row for row in riverside.rows() if made.says in row or made.says.removeprefix("cme_") in row]


def test_a_form_that_is_sent_twice_makes_one_token(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        twice = riverside.request()
        made = issue(riverside.engine, twice, wished(riverside))
        assert issue(riverside.engine, twice, wished(riverside)) == made
        assert len(tokens_of(riverside.engine, [site(riverside)])) == 1
        with riverside.refuses("sent before, for another token", ConflictError):
            issue(riverside.engine, twice, wished(riverside, title="Portal"))


def test_a_revoked_token_lets_nobody_in_at_once_and_for_good(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        made = issued(riverside)
        for _ in range(2):
            revoke(riverside.engine, riverside.request(), made.token)
        assert why_not(riverside, made) == "it was revoked"
        deeds = [deed for (deed,) in riverside.ask("SELECT deed FROM activity ORDER BY at, id")]
        assert sorted(deeds) == ["token-made", "token-revoked"]


def test_a_token_is_good_until_its_days_are_over(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        made = issued(riverside)
        riverside.clock.go_on(days=30, seconds=-1)
        assert why_not(riverside, made) == ""
        riverside.clock.go_on(seconds=1)
        assert why_not(riverside, made) == "its time is over"


def test_the_last_use_is_noted_once_a_minute(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        made = issued(riverside)
        used = []
        for _ in range(5):
            assert why_not(riverside, made) == ""
            used.append(tokens_of(riverside.engine, [site(riverside)])[0].used_at)
            riverside.clock.go_on(seconds=25)
        assert used == [
            *["2026-03-02T17:00:00.000000Z"] * 3,
            *["2026-03-02T17:01:15.000000Z"] * 2,
        ]


def test_a_token_that_is_not_good_is_not_used(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        made = issued(riverside)
        revoke(riverside.engine, riverside.request(), made.token)
        before = riverside.rows()
        why_not(riverside, made)
        assert riverside.rows() == before


def test_a_token_that_makes_no_sense_is_not_made(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        for title in ("", "  ", "a\x07b", "x" * 61):
            with riverside.refuses("cannot be a token's title"):
                issued(riverside, title=title)
        for what in ("scopes", "sites"):
            with riverside.refuses("of no use"):
                issued(riverside, **{what: frozenset()})
        for days in (0, 401):
            with riverside.refuses("good for 1 to 400 days"):
                issued(riverside, days=days)


def test_another_key_of_the_installation_knows_a_token_still(migrated_url: str) -> None:
    """A token is known by a plain digest: who replaces a lost key need not make new ones."""
    with clinic(migrated_url) as riverside:
        made = issued(riverside)
        riverside.restart()
        assert why_not(riverside, made) == ""
        assert made.until - riverside.clock.now == timedelta(days=30)


def test_what_a_token_did_bears_its_title(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        made = issued(riverside)
        revoke(riverside.engine, Request("by the token itself", made.token), made.token)
        rows = activity_page(riverside.engine, site(riverside))["rows"]
        assert {row["about_name"] for row in rows} == {"Laboratory"}
        assert "Laboratory" in {row["actor_name"] for row in rows}
