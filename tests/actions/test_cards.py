"""Cards: everybody carries one, it leads to nobody else, and a lost one leads to nobody at all."""

import pytest

from cm_engine.actions.cards import end_card, find_by_card, issue_card, printed_card
from cm_engine.actions.enrol import discharge
from cm_engine.actions.purge import purge
from cm_engine.actions.verify import BESIDE, verify
from cm_engine.vault import VaultError
from tests.clinic import DEV, Clinic, clinic


def carries(riverside: Clinic, code: str = "Ada") -> tuple[str, str]:
    """Enrol somebody with a card; give their id and what the card says."""
    participant = riverside.enrol(code)
    issue_card(riverside.engine, riverside.request(), participant)
    return participant, token_of(riverside, participant)


def token_of(riverside: Clinic, participant: str) -> str:
    card = printed_card(riverside.engine, participant)
    assert card is not None
    return card.token


def site(riverside: Clinic) -> str:
    found: str = riverside.ask("SELECT id FROM sites")[0][0]
    return found


def test_a_card_leads_to_who_carries_it_and_to_nobody_at_another_site(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        (ada, of_ada), (ben, of_ben) = carries(riverside), carries(riverside, "Ben")
        assert of_ada != of_ben
        found = [find_by_card(riverside.engine, token, site(riverside)) for token in (of_ada, of_ben, "of nobody")]
        assert found == [ada, ben, None]
        assert find_by_card(riverside.engine, of_ada, "elsewhere") is None
        assert verify(riverside.engine).is_clean


def test_a_scanner_may_type_small_letters_and_blanks(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, token = carries(riverside)
        assert find_by_card(riverside.engine, f" {token.lower()[:4]} {token.lower()[4:]}\n", site(riverside)) == ada


def test_the_same_card_is_printed_again_and_its_code_is_nowhere_to_read(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, token = carries(riverside)
        assert token_of(riverside, ada) == token
        assert not [row for row in riverside.rows() if token in row]


def test_a_new_card_ends_the_one_before(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, first = carries(riverside)
        assert issue_card(riverside.engine, riverside.request(), ada)["ended"] == 1
        second = token_of(riverside, ada)
        assert [find_by_card(riverside.engine, token, site(riverside)) for token in (first, second)] == [None, ada]


def test_a_lost_card_leads_to_nobody_and_nothing_is_left_of_its_code(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, token = carries(riverside)
        end_card(riverside.engine, riverside.request(), ada)
        assert printed_card(riverside.engine, ada) is None
        assert find_by_card(riverside.engine, token, site(riverside)) is None
        assert riverside.ask("SELECT found_by, sealed FROM cards") == [(None, None)]
        assert riverside.ask("SELECT deed, actor, participant_id FROM activity ORDER BY at, deed DESC") == [
            ("card-made", DEV, ada),
            ("card-ended", DEV, ada),
        ]
        with riverside.refuses("carries no card"):
            end_card(riverside.engine, riverside.request(), ada)


def test_the_same_request_issues_one_card(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, request = riverside.enrol(), riverside.request()
        answers = [issue_card(riverside.engine, request, ada) for _ in range(2)]
        assert answers[0] == answers[1]
        assert len(riverside.ask("SELECT id FROM cards")) == 1


def test_only_somebody_who_is_known_gets_a_card(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside, riverside.refuses("there is no participant"):
        issue_card(riverside.engine, riverside.request(), "nobody")


def test_who_was_discharged_may_still_carry_one_until_purged(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        gus, _ = carries(riverside, "Gus")
        discharge(riverside.engine, riverside.request(), gus, riverside.today)
        issue_card(riverside.engine, riverside.request(), gus)
        token = token_of(riverside, gus)
        riverside.clock.go_on(days=366 * 6)
        purge(riverside.engine, riverside.request(), gus, retention_years=6)
        assert find_by_card(riverside.engine, token, site(riverside)) is None
        with riverside.refuses("was purged"):
            issue_card(riverside.engine, riverside.request(), gus)


def test_a_card_that_was_moved_to_somebody_else_by_hand_does_not_open(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada, _ = carries(riverside)
        ben = riverside.enrol("Ben")
        with riverside.engine.database.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE cards SET participant_id = '{ben}'")
        with pytest.raises(VaultError, match="sealed for another one"):
            printed_card(riverside.engine, ben)
        assert printed_card(riverside.engine, ada) is None


def test_a_card_of_nobody_in_the_log_is_named(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        carries(riverside)
        with riverside.engine.database.engine.begin() as connection:
            connection.exec_driver_sql(
                f"INSERT INTO participants (id, site_id, code) VALUES ('stray', '{site(riverside)}', 'stray')"
            )
            connection.exec_driver_sql("UPDATE cards SET participant_id = 'stray'")
        assert [fault.check for fault in verify(riverside.engine).faults] == [BESIDE]
