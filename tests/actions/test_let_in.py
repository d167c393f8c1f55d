"""Letting in: card or code, then a PIN; five wrong ones lock; whoever does not go on is out."""

from dataclasses import dataclass

import pytest

from cm_engine.actions.cards import issue_card, printed_card
from cm_engine.actions.enrol import discharge, enrol
from cm_engine.actions.let_in import AtKiosk, at_kiosk, choose_pin, come, go_on, leave, sign_in
from cm_engine.actions.place_kiosk import pair, register, unlock_kiosk
from cm_engine.actions.purge import purge
from cm_engine.actions.requests import Request
from cm_engine.actions.reset_pin import access_of, issue_code, unlock_card
from cm_engine.actions.revise import set_up
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.program_file import parse_terms
from cm_engine.pin import NoPinError, WeakPinError
from cm_engine.standing import RefusedError
from tests.clinic import PROGRAM, Clinic, clinic

PIN = "482913"
WRONG = "719204"


@dataclass
class Tablet:
    """A paired tablet at the clinic, and what somebody does at it."""

    riverside: Clinic
    token: str

    @property
    def at(self) -> AtKiosk:
        found = at_kiosk(self.riverside.engine, self.token)
        assert found is not None
        return found

    def signed_in(self) -> str | None:
        return self.at.participant

    def comes(self, typed: str) -> None:
        come(self.riverside.engine, self.at.kiosk, typed)

    def types(self, pin: str) -> str:
        return sign_in(self.riverside.engine, self.riverside.request(), self.at, pin)

    def chooses(self, code: str, pin: str = PIN) -> str:
        return choose_pin(self.riverside.engine, self.riverside.request(), self.at, code, pin)

    def leaves(self) -> None:
        leave(self.riverside.engine, self.riverside.request(), self.at)

    def code_for(self, participant: str) -> str:
        return issue_code(self.riverside.engine, self.riverside.request(), participant).code


def tablet(riverside: Clinic, name: str = "Front desk") -> Tablet:
    """Pair a tablet at the clinic."""
    site = riverside.ask("SELECT id FROM sites ORDER BY name DESC")[0][0]
    made = register(riverside.engine, riverside.request(), site, name)
    return Tablet(riverside, pair(riverside.engine, riverside.request(), made.code))


def somebody(desk: Tablet, code: str = "Ada") -> str:
    """Enrol somebody, who chooses a PIN and leaves."""
    participant = desk.riverside.enrol(code)
    desk.comes(code)
    assert desk.chooses(desk.code_for(participant)) == "in"
    desk.leaves()
    return participant


def deeds(riverside: Clinic) -> list[str]:
    return sorted(deed for (deed,) in riverside.ask("SELECT deed FROM activity"))


def test_a_pin_is_chosen_with_a_one_time_code_and_then_lets_in(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk = tablet(riverside)
        ada = somebody(desk)
        assert desk.signed_in() is None
        desk.comes(" Ada ")
        assert desk.signed_in() is None
        assert desk.types(PIN) == "in"
        assert desk.signed_in() == ada
        desk.leaves()
        assert desk.at.turn is None
        assert {"pin-code-given", "pin-set", "kiosk-entered", "kiosk-left"} <= set(deeds(riverside))


def test_a_card_does_as_well_as_the_code(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk = tablet(riverside)
        ada = somebody(desk)
        issue_card(riverside.engine, riverside.request(), ada)
        card = printed_card(riverside.engine, ada)
        assert card is not None
        desk.comes(card.token.lower())
        assert desk.types(PIN) == "in"
        assert desk.signed_in() == ada


def test_the_one_time_code_is_good_once_and_for_an_hour(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk = tablet(riverside)
        ada = riverside.enrol()
        code = desk.code_for(ada)
        riverside.clock.go_on(hours=1)
        desk.comes("Ada")
        assert desk.chooses(code) == "wrong"
        code = desk.code_for(ada)
        assert desk.chooses(code.replace(" ", "")) == "in"
        desk.leaves()
        desk.comes("Ada")
        assert desk.chooses(code, WRONG) == "wrong"
        assert desk.types(PIN) == "in"


def test_a_pin_that_anybody_would_guess_costs_no_try_and_no_code(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk = tablet(riverside)
        code = desk.code_for(riverside.enrol())
        desk.comes("Ada")
        with riverside.refuses("guess this PIN first", WeakPinError):
            desk.chooses(code, "123456")
        with riverside.refuses("6 digits", NoPinError):
            desk.chooses(code, "12345")
        assert desk.chooses(code) == "in"


def test_five_wrong_pins_lock_card_and_kiosk_also_against_the_right_one(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk, lounge = tablet(riverside), tablet(riverside, "Lounge")
        ada, _ = somebody(desk), somebody(desk, "Ben")
        desk.comes("Ada")
        assert [desk.types(WRONG) for _ in range(5)] == ["wrong"] * 4 + ["kiosk-locked"]
        assert desk.at.turn is None
        assert desk.at.kiosk.locked_at
        desk.comes("Ben")
        assert desk.types(PIN) == "kiosk-locked"
        lounge.comes("Ada")
        assert lounge.types(PIN) == "wrong"
        riverside.restart()
        lounge.comes("Ada")
        assert lounge.types(PIN) == "wrong"
        unlock_kiosk(riverside.engine, riverside.request(), desk.at.kiosk.id)
        unlock_card(riverside.engine, riverside.request(), ada)
        desk.comes("Ada")
        assert desk.types(PIN) == "in"
        noted = deeds(riverside)
        assert (noted.count("pin-failed"), noted.count("card-locked"), noted.count("kiosk-locked")) == (7, 1, 1)


def test_a_locked_card_and_a_code_that_nobody_has_are_refused_alike_and_both_lock_the_kiosk(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk, lounge, hall = tablet(riverside), tablet(riverside, "Lounge"), tablet(riverside, "Hall")
        somebody(desk)
        desk.comes("Ada")
        for _ in range(5):
            desk.types(WRONG)
        lounge.comes("Ada")
        hall.comes("nobody")
        at_locked, at_nobodys = ([one.types(PIN) for _ in range(5)] for one in (lounge, hall))
        assert at_locked == at_nobodys == ["wrong"] * 4 + ["kiosk-locked"]
        assert deeds(riverside).count("card-locked") == 1


def test_a_code_that_nobody_has_is_refused_like_a_wrong_pin_and_locks_the_kiosk(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk = tablet(riverside)
        for tried in range(5):
            desk.comes(f"nobody {tried}")
            assert desk.types(PIN) == ("wrong" if tried < 4 else "kiosk-locked")


def test_somebody_who_gets_in_begins_the_count_anew(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk = tablet(riverside)
        somebody(desk)
        desk.comes("Ada")
        assert [desk.types(pin) for pin in [WRONG] * 4 + [PIN]] == ["wrong"] * 4 + ["in"]
        desk.leaves()
        desk.comes("Ada")
        assert desk.types(WRONG) == "wrong"


def test_two_who_try_at_the_same_time_do_not_get_more_tries(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk = tablet(riverside)
        somebody(desk)
        desk.comes("Ada")
        seen = desk.at
        tries = [sign_in(riverside.engine, riverside.request(), seen, pin) for pin in [WRONG] * 5 + [PIN]]
        assert tries == ["wrong"] * 4 + ["kiosk-locked", "over"]
        assert desk.signed_in() is None


def test_nobodys_turn_lasts_beyond_a_minute_without_going_on(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk = tablet(riverside)
        ada = somebody(desk)
        desk.comes("Ada")
        desk.types(PIN)
        for _ in range(3):
            riverside.clock.go_on(seconds=50)
            go_on(riverside.engine, desk.at)
            assert desk.signed_in() == ada
        riverside.clock.go_on(seconds=61)
        assert desk.at.turn is None
        assert desk.types(PIN) == "over"


def test_whoever_comes_next_takes_the_turn(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk = tablet(riverside)
        somebody(desk)
        ben = somebody(desk, "Ben")
        desk.comes("Ada")
        desk.types(PIN)
        was = desk.at
        desk.comes("Ben")
        assert desk.signed_in() is None
        assert sign_in(riverside.engine, riverside.request(), was, PIN) == "over"
        assert desk.types(PIN) == "in"
        assert desk.signed_in() == ben


def test_nobody_of_another_site_is_known_here(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk = tablet(riverside)
        elsewhere = parse_terms("program", PROGRAM.replace('"riverside', '"hillside'))
        other = set_up(riverside.engine, Request("other", "dev"), elsewhere, [load_policy("va-prize")])["program"]
        zoe = enrol(riverside.engine, riverside.request(), other, "Zoe", riverside.today)["participant"]
        issue_card(riverside.engine, riverside.request(), zoe)
        card = printed_card(riverside.engine, zoe)
        code = desk.code_for(zoe)
        assert card is not None
        for typed in ("Zoe", card.token):
            desk.comes(typed)
            assert desk.at.turn is not None
            assert desk.at.turn.participant is None
            assert desk.chooses(code) == "wrong"


def test_who_gave_somebody_a_way_in_is_kept_for_good_and_the_code_is_not(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk = tablet(riverside)
        ada = riverside.enrol()
        since = riverside.clock()
        twice = Request("sent twice", "elin")
        issued = issue_code(riverside.engine, twice, ada)
        assert issue_code(riverside.engine, twice, ada) == issued
        assert issued.code not in "\n".join(riverside.rows())
        riverside.clock.go_on(minutes=5)
        unlock_card(riverside.engine, Request("unlock", "dev"), ada)
        access = access_of(riverside.engine, ada, since)
        assert [(reset.actor, reset.what) for reset in access.resets] == [("dev", "unlock"), ("elin", "code")]
        assert (access.has_pin, access.code_until) == (False, issued.until)
        desk.comes("Ada")
        desk.chooses(issued.code)
        with pytest.raises(RefusedError, match="is used or replaced"):
            issue_code(riverside.engine, twice, ada)
        assert access_of(riverside.engine, ada, riverside.clock()).has_pin
        riverside.clock.go_on(minutes=1)
        assert access_of(riverside.engine, ada, riverside.clock()).resets == ()


def test_a_purge_takes_the_pin_and_the_turn_along(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        desk = tablet(riverside)
        from_day = riverside.today
        ada = somebody(desk)
        desk.comes("Ada")
        desk.types(PIN)
        discharge(riverside.engine, riverside.request(), ada, from_day)
        riverside.clock.go_on(days=1)
        purge(riverside.engine, riverside.request(), ada, retention_years=0)
        assert riverside.ask("SELECT * FROM pins") == riverside.ask("SELECT * FROM turns") == []


@pytest.mark.parametrize("code", ["", "00000000", "482913"])
def test_who_was_given_no_code_chooses_no_pin(migrated_sqlite_url: str, code: str) -> None:
    with clinic(migrated_sqlite_url) as riverside:
        desk = tablet(riverside)
        riverside.enrol()
        desk.comes("Ada")
        assert desk.chooses(code) == "wrong"
