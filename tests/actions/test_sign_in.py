"""Signing in: what lets somebody in, what does not, and what ends it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert

from cm_engine.actions.appoint import end_staff, set_roles
from cm_engine.actions.begin import Wanted, begin
from cm_engine.actions.secure import (
    confirm_password,
    drop_factor,
    new_recovery_codes,
    offer_again,
    offer_factor,
    recovery_codes_left,
    set_password,
    take_factor,
)
from cm_engine.actions.sign_in import NotLetInError, Step, pass_factor, sign_in, sign_out, sign_out_everywhere
from cm_engine.standing import RefusedError
from cm_engine.store.tables import settings
from tests.clinic import clinic
from tests.staff import PHRASE, Staff

OTHER = "a boat made of almanacs"
WRONG = "name and password do not fit together"


@pytest.fixture
def staff(migrated_url: str) -> Iterator[Staff]:
    """The staff of Riverside: nobody, so far."""
    with clinic(migrated_url) as opened:
        yield Staff(opened)


# The first time


def test_a_one_time_code_lets_somebody_choose_a_password_and_counts_once(staff: Staff) -> None:
    elin, code = staff.add("Elin Berg")
    token = staff.enter("Elin Berg", code.lower().replace("-", " "))
    assert staff.here(token).step is Step.PASSWORD
    set_password(staff.clinic.engine, staff.here(token), PHRASE)
    assert (staff.here(token).staff, staff.here(token).step) == (elin, Step.IN)
    with pytest.raises(NotLetInError, match=WRONG):
        staff.enter("Elin Berg", code)
    assert staff.here(staff.enter("Elin Berg")).step is Step.IN


def test_a_one_time_code_is_worth_nothing_after_a_week(staff: Staff) -> None:
    _, code = staff.add("Elin Berg")
    staff.clinic.clock.go_on(days=7)
    with pytest.raises(NotLetInError, match=WRONG):
        staff.enter("Elin Berg", code)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least 12 characters"),
        ("elin-berg-2026", "holds your name"),
        ("passwordpassword", "would be guessed"),
        ("aaaaaaaaaaaaaaa", "would be guessed"),
        ("x" * 201, "at most 200"),
    ],
)
def test_a_weak_password_is_refused_and_nothing_changes(staff: Staff, password: str, words: str) -> None:
    _, code = staff.add("Elin Berg")
    token = staff.enter("Elin Berg", code)
    here = staff.here(token)
    with staff.clinic.refuses(words):
        set_password(staff.clinic.engine, here, password)


def test_a_password_is_any_characters_however_they_are_typed(staff: Staff) -> None:
    _, code = staff.add("Elin Berg")
    token = staff.enter("Elin Berg", code)
    set_password(staff.clinic.engine, staff.here(token), "smörgås på sjön ☕")
    staff.enter("Elin Berg", "smo\u0308rga\u030as på sjön ☕")


def test_a_name_is_known_however_it_is_typed(staff: Staff) -> None:
    elin = staff.employ("Elin Berg")
    assert staff.here(staff.enter("  elin   BERG ")).staff == elin


def test_nothing_that_lets_anybody_in_can_be_read_in_the_database(staff: Staff) -> None:
    _, unused = staff.add("Ada Lee")
    femi = staff.employ("Femi Ade", "manager")
    token = staff.enter("Femi Ade")
    codes = staff.protect(token)
    with pytest.raises(NotLetInError):
        staff.enter(OTHER)
    everything = "\n".join(staff.clinic.rows())
    for secret in (PHRASE, OTHER, unused, token, staff.code(femi), *codes):
        assert secret not in everything
        assert secret.encode().hex() not in everything


# Wrong tries


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(staff: Staff) -> None:
    staff.employ("Elin Berg")
    told = []
    for name in ("Elin Berg", "Nobody"):
        for _ in range(6):
            with pytest.raises(NotLetInError) as error:
                staff.enter(name, OTHER)
            told.append(str(error.value))
    assert told[:6] == told[6:]
    assert told[3] == WRONG
    assert told[4] == f"{WRONG}; it was tried too often, so try again in 1 minute, or ask an admin"
    assert told[5] == "this name was tried too often; try again in 1 minute, or ask an admin"


def test_five_wrong_tries_make_somebody_wait_longer_each_time_also_after_a_restart(staff: Staff) -> None:
    staff.employ("Elin Berg")
    waited = []
    for number in range(12):
        with pytest.raises(NotLetInError):
            staff.enter("elin berg", OTHER)
        staff.clinic.restart()
        if number < 4:
            continue
        minutes = 0
        while True:
            staff.clinic.clock.go_on(minutes=1)
            minutes += 1
            [(until,)] = staff.clinic.ask("SELECT locked_until FROM tries")
            if until <= staff.clinic.clock.now.isoformat().replace("+00:00", ".000000Z"):
                break
            with pytest.raises(NotLetInError, match="tried too often"):
                staff.enter("Elin Berg")
        waited.append(minutes)
    assert waited == [1, 2, 4, 8, 16, 32, 60, 60]
    staff.here(staff.enter("Elin Berg"))
    assert staff.clinic.ask("SELECT * FROM tries") == []


def test_many_guesses_at_once_are_no_more_than_five(staff: Staff) -> None:
    staff.employ("Elin Berg")

    def guess(number: int) -> str:
        with pytest.raises(NotLetInError) as told:
            staff.enter("Elin Berg", f"guess number {number}")
        return str(told.value)

    with ThreadPoolExecutor(12) as crowd:
        told = list(crowd.map(guess, range(12)))
    assert sum(words.startswith(WRONG) for words in told) == 5
    assert sum(words.startswith("this name was tried too often") for words in told) == 7


def test_two_admins_who_end_each_other_at_once_leave_one(staff: Staff) -> None:
    admins = [staff.employ(name, "admin") for name in ("Amir Said", "Ada Lee")]
    requests = [staff.request(admin) for admin in admins]

    def end(number: int) -> bool:
        try:
            end_staff(staff.clinic.engine, requests[number], admins[1 - number])
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(end, range(2))) == [False, True]


def test_wrong_tries_are_forgotten_after_a_day(staff: Staff) -> None:
    staff.employ("Elin Berg")
    for _ in range(4):
        with pytest.raises(NotLetInError):
            staff.enter("Elin Berg", OTHER)
    staff.clinic.clock.go_on(days=1, minutes=1)
    with pytest.raises(NotLetInError, match=f"{WRONG}$"):
        staff.enter("Elin Berg", OTHER)
    assert staff.clinic.ask("SELECT failed FROM tries") == [(1,)]


def test_signing_in_again_does_not_buy_more_guesses_of_the_second_factor(staff: Staff) -> None:
    staff.employ("Femi Ade", "manager")
    staff.protect(staff.enter("Femi Ade"))
    for number in range(5):
        token = staff.enter("Femi Ade")
        with pytest.raises(NotLetInError, match="too often" if number == 4 else "not right"):
            staff.show(token, "000000")
    with pytest.raises(NotLetInError, match="too often"):
        staff.enter("Femi Ade")
    assert staff.deeds().count("sign-in-failed") == 5
    assert staff.deeds().count("locked-out") == 1


def test_somebody_who_left_is_not_let_in(staff: Staff) -> None:
    elin = staff.employ("Elin Berg")
    token = staff.enter("Elin Berg")
    end_staff(staff.clinic.engine, staff.request(), elin)
    assert staff.found(token) is None
    with pytest.raises(NotLetInError, match=WRONG):
        staff.enter("Elin Berg")


# The second factor


@pytest.mark.parametrize("role", ["manager", "admin"])
def test_a_manager_and_an_admin_see_nothing_before_they_have_one(staff: Staff, role: str) -> None:
    femi = staff.employ("Femi Ade", role)
    token = staff.enter("Femi Ade")
    assert staff.here(token).step is Step.SET_UP
    codes = staff.protect(token)
    assert (len(set(codes)), staff.here(token).step) == (10, Step.IN)
    staff.clinic.clock.go_on(minutes=1)
    again = staff.enter("Femi Ade")
    assert staff.here(again).step is Step.FACTOR
    assert staff.here(staff.show(again, staff.code(femi))).step is Step.IN


@pytest.mark.parametrize("role", ["front-desk", "clinician", "auditor"])
def test_others_need_none_but_may_have_one(staff: Staff, role: str) -> None:
    staff.employ("Dev Patel", role)
    token = staff.enter("Dev Patel")
    assert staff.here(token).step is Step.IN
    staff.protect(token)
    assert staff.here(staff.enter("Dev Patel")).step is Step.FACTOR
    drop_factor(staff.clinic.engine, staff.here(token))
    assert staff.here(staff.enter("Dev Patel")).step is Step.IN


def test_a_manager_cannot_do_without(staff: Staff) -> None:
    staff.employ("Femi Ade", "manager")
    token = staff.enter("Femi Ade")
    staff.protect(token)
    here = staff.here(token)
    with staff.clinic.refuses("you can replace it, but not remove it"):
        drop_factor(staff.clinic.engine, here)


def test_who_becomes_a_manager_needs_one_from_the_next_click(staff: Staff) -> None:
    elin = staff.employ("Elin Berg")
    token = staff.enter("Elin Berg")
    assert staff.here(token).step is Step.IN
    set_roles(staff.clinic.engine, staff.request(), elin, staff.site(), ["clinician", "manager"])
    assert staff.here(token).step is Step.SET_UP


def test_made_up_people_need_none(staff: Staff) -> None:
    with staff.clinic.engine.database.writing() as tx:
        tx.do(insert(settings).values(name="demo", value="made-up people"))
    staff.employ("Femi Ade", "manager", "admin")
    assert staff.here(staff.enter("Femi Ade")).step is Step.IN


def test_a_code_of_the_app_counts_once(staff: Staff) -> None:
    femi = staff.employ("Femi Ade", "manager")
    staff.protect(staff.enter("Femi Ade"))
    with pytest.raises(NotLetInError, match="counts once"):
        staff.show(staff.enter("Femi Ade"), staff.code(femi))  # the one that set it up
    staff.clinic.clock.go_on(seconds=30)
    code = staff.code(femi)
    staff.show(staff.enter("Femi Ade"), code)
    with pytest.raises(NotLetInError, match="counts once"):
        staff.show(staff.enter("Femi Ade"), code)


def test_the_same_click_twice_lets_in_all_the_same(staff: Staff) -> None:
    femi = staff.employ("Femi Ade", "manager")
    staff.protect(staff.enter("Femi Ade"))
    staff.clinic.clock.go_on(seconds=30)
    here, request = staff.here(staff.enter("Femi Ade")), staff.request(femi)
    tokens = [pass_factor(staff.clinic.engine, request, here, staff.code(femi)) for _ in range(2)]
    assert [staff.here(token).step for token in tokens] == [Step.IN, Step.IN]


@pytest.mark.parametrize("astray", [-30, 0, 30])
def test_a_phones_clock_may_be_half_a_minute_off(staff: Staff, astray: int) -> None:
    token, code = a_code_of_a_clock_that_is_off(staff, astray)
    assert staff.here(staff.show(token, code)).step is Step.IN


@pytest.mark.parametrize("astray", [-60, 60])
def test_a_phones_clock_that_is_a_minute_off_lets_nobody_in(staff: Staff, astray: int) -> None:
    token, code = a_code_of_a_clock_that_is_off(staff, astray)
    with pytest.raises(NotLetInError):
        staff.show(token, code)


def a_code_of_a_clock_that_is_off(staff: Staff, seconds: int) -> tuple[str, str]:
    """Give the token of a session that waits for the second factor, and the code that a phone shows."""
    femi = staff.employ("Femi Ade", "manager")
    staff.protect(staff.enter("Femi Ade"))
    staff.clinic.clock.go_on(minutes=5)
    token = staff.enter("Femi Ade")
    staff.clinic.clock.go_on(seconds=seconds)
    code = staff.code(femi)
    staff.clinic.clock.go_on(seconds=-seconds)
    return token, code


def test_a_recovery_code_counts_once_and_new_ones_replace_it(staff: Staff) -> None:
    staff.employ("Femi Ade", "manager")
    first, second, *_ = staff.protect(staff.enter("Femi Ade"))
    token = staff.show(staff.enter("Femi Ade"), first.lower())
    here = staff.here(token)
    assert recovery_codes_left(staff.clinic.engine, here) == 9
    with pytest.raises(NotLetInError, match="not right"):
        staff.show(staff.enter("Femi Ade"), first)
    codes = new_recovery_codes(staff.clinic.engine, staff.request(here.staff), here)
    assert recovery_codes_left(staff.clinic.engine, here) == 10
    with pytest.raises(NotLetInError, match="not right"):
        staff.show(staff.enter("Femi Ade"), second)
    assert staff.here(staff.show(staff.enter("Femi Ade"), codes[0])).step is Step.IN
    assert staff.deeds().count("recovery-code-used") == 2


def test_a_recovery_code_is_nobody_elses(staff: Staff) -> None:
    staff.employ("Femi Ade", "manager")
    staff.employ("Olga Ruiz", "manager")
    codes = staff.protect(staff.enter("Femi Ade"))
    staff.protect(staff.enter("Olga Ruiz"))
    with pytest.raises(NotLetInError, match="not right"):
        staff.show(staff.enter("Olga Ruiz"), codes[0])


def test_the_same_request_shows_the_same_recovery_codes(staff: Staff) -> None:
    femi = staff.employ("Femi Ade", "manager")
    token = staff.enter("Femi Ade")
    staff.protect(token)
    request = staff.request(femi)
    shown = [new_recovery_codes(staff.clinic.engine, request, staff.here(token)) for _ in range(2)]
    assert shown[0] == shown[1]
    assert shown[0] != new_recovery_codes(staff.clinic.engine, staff.request(femi), staff.here(token))


def test_a_picture_lasts_half_an_hour_and_is_nobody_elses(staff: Staff) -> None:
    staff.employ("Femi Ade", "manager")
    staff.employ("Olga Ruiz", "manager")
    engine = staff.clinic.engine
    femi, olga = staff.here(staff.enter("Femi Ade")), staff.here(staff.enter("Olga Ruiz"))
    offer = offer_factor(engine, femi)
    assert offer_again(engine, femi, offer.sealed) == offer
    for here, sealed in ((olga, offer.sealed), (femi, "nonsense"), (femi, "☕")):
        with staff.clinic.refuses("lasts no more"):
            take_factor(engine, staff.request(here.staff), here, sealed, "123456")
    staff.clinic.clock.go_on(minutes=31)
    with staff.clinic.refuses("lasts no more"):
        offer_again(engine, femi, offer.sealed)


def test_a_wrong_code_sets_up_nothing(staff: Staff) -> None:
    staff.employ("Femi Ade", "manager")
    here = staff.here(staff.enter("Femi Ade"))
    offer = offer_factor(staff.clinic.engine, here)
    with staff.clinic.refuses("this code is not right"):
        take_factor(staff.clinic.engine, staff.request(here.staff), here, offer.sealed, "12345")


def test_a_session_that_waits_for_the_second_factor_may_do_nothing_else(staff: Staff) -> None:
    staff.employ("Femi Ade", "manager")
    staff.protect(staff.enter("Femi Ade"))
    engine, here = staff.clinic.engine, staff.here(staff.enter("Femi Ade"))
    request = staff.request(here.staff)
    attempts: list[Callable[[], object]] = [
        lambda: set_password(engine, here, OTHER),
        lambda: take_factor(engine, request, here, offer_factor(engine, here).sealed, "123456"),
        lambda: new_recovery_codes(engine, request, here),
        lambda: drop_factor(engine, here),
    ]
    for attempt in attempts:
        with pytest.raises(RefusedError, match="sign in first: this still asks for the second factor"):
            attempt()


def test_ten_minutes_are_enough_for_the_second_factor(staff: Staff) -> None:
    staff.employ("Femi Ade", "manager")
    staff.protect(staff.enter("Femi Ade"))
    token = staff.enter("Femi Ade")
    for _ in range(5):
        assert staff.found(token)
        staff.clinic.clock.go_on(minutes=2.5)
    assert staff.found(token) is None


def test_a_new_code_from_init_replaces_the_password_and_not_the_second_factor(staff: Staff) -> None:
    amir = staff.employ("Amir Said", "admin")
    staff.protect(staff.enter("Amir Said"))
    staff.clinic.clock.go_on(minutes=1)
    begun = begin(staff.clinic.engine, staff.request(), Wanted(admin="Amir Said", new_code=True))
    token = staff.enter("Amir Said", begun.code)
    assert staff.here(token).step is Step.FACTOR
    token = staff.show(token, staff.code(amir))
    assert staff.here(token).step is Step.PASSWORD
    set_password(staff.clinic.engine, staff.here(token), OTHER)
    assert staff.here(token).step is Step.IN


# What ends a session


def test_a_session_ends_a_quarter_of_an_hour_after_it_was_last_used(staff: Staff) -> None:
    staff.employ("Elin Berg")
    token = staff.enter("Elin Berg")
    for _ in range(4):
        assert staff.found(token)
        staff.clinic.clock.go_on(minutes=14)
    assert staff.found(token)
    staff.clinic.clock.go_on(minutes=15, seconds=1)
    assert staff.found(token) is None


def test_a_session_ends_after_twelve_hours_however_busy_somebody_is(staff: Staff) -> None:
    staff.employ("Elin Berg")
    token = staff.enter("Elin Berg")
    for _ in range(72):
        assert staff.found(token)
        staff.clinic.clock.go_on(minutes=10)
    assert staff.found(token)
    staff.clinic.clock.go_on(minutes=1)
    assert staff.found(token) is None


def test_signing_out_ends_this_session_and_everywhere_ends_all(staff: Staff) -> None:
    staff.employ("Elin Berg")
    desk, tablet, phone = (staff.enter("Elin Berg") for _ in range(3))
    sign_out(staff.clinic.engine, staff.here(desk))
    assert [staff.found(token) is None for token in (desk, tablet, phone)] == [True, False, False]
    sign_out_everywhere(staff.clinic.engine, staff.here(tablet))
    assert [staff.found(token) for token in (desk, tablet, phone)] == [None, None, None]


def test_a_new_password_ends_all_other_sessions(staff: Staff) -> None:
    staff.employ("Elin Berg")
    desk, tablet = staff.enter("Elin Berg"), staff.enter("Elin Berg")
    confirm_password(staff.clinic.engine, staff.here(desk), PHRASE)
    set_password(staff.clinic.engine, staff.here(desk), OTHER)
    assert staff.found(desk)
    assert staff.found(tablet) is None
    with pytest.raises(NotLetInError, match=WRONG):
        staff.enter("Elin Berg")
    assert staff.found(staff.enter("Elin Berg", OTHER))


def test_a_wrong_present_password_counts_as_a_try(staff: Staff) -> None:
    staff.employ("Elin Berg")
    here = staff.here(staff.enter("Elin Berg"))
    for _ in range(5):
        with pytest.raises(NotLetInError, match="not your present password"):
            confirm_password(staff.clinic.engine, here, OTHER)
    with pytest.raises(NotLetInError, match="too often"):
        confirm_password(staff.clinic.engine, here, PHRASE)


def test_nobody_has_a_made_up_token(staff: Staff) -> None:
    staff.employ("Elin Berg")
    staff.enter("Elin Berg")
    [(kept,)] = staff.clinic.ask("SELECT DISTINCT digest FROM sessions LIMIT 1")
    for token in ("", "nonsense", bytes(kept).hex()):
        assert staff.found(token) is None


def test_who_comes_is_present_at_their_sites_and_the_log_says_so(staff: Staff) -> None:
    staff.employ("Elin Berg")
    staff.clinic.clock.go_on(days=1)
    assert staff.clinic.ask("SELECT on_day FROM presence WHERE on_day > '2026-03-02'") == []
    staff.here(staff.enter("Elin Berg"))
    assert staff.clinic.ask("SELECT site_id, on_day FROM presence WHERE on_day > '2026-03-02'") == [
        (staff.site(), "2026-03-03")
    ]
    assert staff.deeds()[-1] == "signed-in"


def test_who_was_not_let_in_is_not_present(staff: Staff) -> None:
    femi = staff.employ("Femi Ade", "manager")
    staff.here(staff.enter("Femi Ade"))
    assert staff.clinic.ask("SELECT * FROM presence") == []
    assert femi
    assert "signed-in" not in staff.deeds()


def test_long_ended_sessions_are_removed(staff: Staff) -> None:
    staff.employ("Elin Berg")
    staff.here(staff.enter("Elin Berg"))
    staff.clinic.clock.now += timedelta(days=3)
    staff.here(staff.enter("Elin Berg"))
    assert staff.clinic.ask("SELECT count(*) FROM sessions") == [(1,)]


def test_a_dry_password_check_of_nobody_takes_a_hasher_too(staff: Staff) -> None:
    assert not staff.clinic.engine.passwords.fits("nobody has this password", None)
    with pytest.raises(NotLetInError):
        sign_in(staff.clinic.engine, "Nobody", "nobody has this password")
