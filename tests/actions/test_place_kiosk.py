"""Kiosks: registered by an admin, paired with a tablet by a code that is good once, unlocked, ended."""

from cm_engine.actions.let_in import at_kiosk
from cm_engine.actions.place_kiosk import (
    PairingError,
    end_kiosk,
    kiosks_of,
    new_code,
    pair,
    register,
    unlock_kiosk,
    waits_for_tablet,
)
from cm_engine.actions.requests import Request
from tests.clinic import Clinic, clinic


def site(riverside: Clinic) -> str:
    found: str = riverside.ask("SELECT id FROM sites")[0][0]
    return found


def test_a_tablet_is_paired_once_by_the_code_and_known_by_its_token(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        made = register(riverside.engine, riverside.request(), site(riverside), " Front  desk ")
        [kiosk] = kiosks_of(riverside.engine, frozenset({site(riverside)}))
        assert (kiosk.name, kiosk.is_paired) == ("Front desk", False)
        assert waits_for_tablet(kiosk, riverside.clock())
        token = pair(riverside.engine, riverside.request(), made.code.lower().replace("-", " "))
        at = at_kiosk(riverside.engine, token)
        assert at is not None
        assert (at.kiosk.id, at.turn) == (made.kiosk, None)
        assert at_kiosk(riverside.engine, "another") is None
        with riverside.refuses("mistyped, was used", PairingError):
            pair(riverside.engine, riverside.request(), made.code)


def test_a_form_that_is_sent_twice_registers_and_pairs_once(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        twice, again = riverside.request(), riverside.request()
        made = register(riverside.engine, twice, site(riverside), "Front desk")
        assert register(riverside.engine, twice, site(riverside), "Front desk") == made
        assert len(kiosks_of(riverside.engine, frozenset({site(riverside)}))) == 1
        token = pair(riverside.engine, again, made.code)
        assert pair(riverside.engine, again, made.code) == token
        with riverside.refuses("mistyped", PairingError):
            pair(riverside.engine, again, "0000-0000-0000-0000")


def test_a_code_is_good_for_an_hour_and_a_new_one_takes_its_place(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        made = register(riverside.engine, riverside.request(), site(riverside), "Front desk")
        riverside.clock.go_on(hours=1)
        with riverside.refuses("more than an hour old", PairingError):
            pair(riverside.engine, riverside.request(), made.code)
        renewed = new_code(riverside.engine, riverside.request(), made.kiosk)
        with riverside.refuses("mistyped", PairingError):
            pair(riverside.engine, riverside.request(), made.code)
        first = pair(riverside.engine, riverside.request(), renewed.code)
        another = new_code(riverside.engine, riverside.request(), made.kiosk)
        assert at_kiosk(riverside.engine, first) is not None
        second = pair(riverside.engine, riverside.request(), another.code)
        assert at_kiosk(riverside.engine, first) is None
        assert at_kiosk(riverside.engine, second) is not None


def test_two_kiosks_of_a_site_have_names_of_their_own(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        register(riverside.engine, riverside.request(), site(riverside), "Front desk")
        with riverside.refuses('a kiosk called "front DESK" is at this site already'):
            register(riverside.engine, riverside.request(), site(riverside), "front DESK")
        for name in ("", "  ", "a\x07b", "x" * 61):
            with riverside.refuses("cannot be a kiosk's name"):
                register(riverside.engine, riverside.request(), site(riverside), name)


def test_an_ended_kiosk_is_none_any_more(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        made = register(riverside.engine, riverside.request(), site(riverside), "Front desk")
        token = pair(riverside.engine, riverside.request(), made.code)
        for _ in range(2):
            end_kiosk(riverside.engine, riverside.request(), made.kiosk)
        assert at_kiosk(riverside.engine, token) is None
        assert kiosks_of(riverside.engine, frozenset({site(riverside)})) == []
        with riverside.refuses("there is no such kiosk"):
            unlock_kiosk(riverside.engine, riverside.request(), made.kiosk)
        with riverside.refuses("there is no such kiosk"):
            new_code(riverside.engine, riverside.request(), made.kiosk)
        deeds = [deed for (deed,) in riverside.ask("SELECT deed FROM activity ORDER BY at, id")]
        assert sorted(deeds) == ["kiosk-ended", "kiosk-registered"]


def test_neither_code_nor_token_is_kept(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        made = register(riverside.engine, riverside.request(), site(riverside), "Front desk")
        token = pair(riverside.engine, Request("a key of its own", "tablet"), made.code)
        rows = "\n".join(riverside.rows())
        assert token not in rows
        assert made.code not in rows
