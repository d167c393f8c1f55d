"""Appointing: who works here, who may change whom, and that every site keeps an admin."""

from collections.abc import Callable, Iterator

import pytest

from cm_engine.actions.appoint import (
    add_staff,
    end_staff,
    lift_lock,
    rename_staff,
    reset_staff,
    set_roles,
    staff_by_name,
    take_back,
)
from cm_engine.actions.requests import ConflictError, Request
from cm_engine.actions.revise import set_up
from cm_engine.actions.roster import roster
from cm_engine.actions.sign_in import NotLetInError, Step
from cm_engine.exchange.program_file import parse_terms
from tests.clinic import PROGRAM, clinic
from tests.staff import PHRASE, Staff


@pytest.fixture
def staff(migrated_url: str) -> Iterator[Staff]:
    """The staff of two sites: Amir and Ada are admins at Riverside, Nora is one in the north."""
    with clinic(migrated_url) as opened:
        north = PROGRAM.replace("riverside-iop", "north-iop").replace('"riverside"', '"north"')
        set_up(opened.engine, Request("north", "system"), parse_terms("program", north.replace('"any"', "")), ())
        staff = Staff(opened)
        staff.employ("Amir Said", "admin")
        staff.employ("Ada Lee", "admin", "clinician")
        staff.employ("Nora North", "admin", site="north")
        yield staff


def of(staff: Staff, name: str) -> str:
    return staff_by_name(staff.clinic.engine, name)


def test_somebody_is_added_with_roles_and_a_code_that_is_shown_once(staff: Staff) -> None:
    request = staff.request(of(staff, "Amir Said"))
    first, again = (
        add_staff(staff.clinic.engine, request, "Elin  Berg", staff.site(), ["clinician", "manager"]) for _ in range(2)
    )
    assert first == again
    elin = next(one for one in roster(staff.clinic.engine, staff.site()) if one["staff"] == first["staff"])
    assert (elin["name"], elin["state"], elin["has_code"]) == ("Elin Berg", "new", True)
    assert elin["roles"] == {staff.site(): ["clinician", "manager"]}
    assert elin["code_until"] == "2026-03-09T17:00:00.000000Z"
    assert staff.here(staff.enter("elin berg", first["code"])).step is Step.PASSWORD
    assert staff.deeds().count("role-given") == len(["Amir", "Ada", "Ada too", "Nora"]) + 2
    assert first["code"] not in str(staff.clinic.ask("SELECT answer FROM requests"))
    with pytest.raises(ConflictError):
        add_staff(staff.clinic.engine, request, "Somebody Else", staff.site(), ["clinician"])


@pytest.mark.parametrize(
    ("name", "roles", "words"),
    [
        ("amir  SAID", ["clinician"], "is called .* already; add a second name"),
        ("", ["clinician"], "cannot be somebody's name"),
        ("Two\nlines", ["clinician"], "cannot be somebody's name"),
        ("x" * 201, ["clinician"], "cannot be somebody's name"),
        ("Elin", [], "choose one"),
        ("Elin", ["clinican"], 'there is no role "clinican"; did you mean "clinician"'),
    ],
)
def test_who_cannot_be_added(staff: Staff, name: str, roles: list[str], words: str) -> None:
    with staff.clinic.refuses(words):
        add_staff(staff.clinic.engine, staff.request(), name, staff.site(), roles)


def test_an_admin_changes_nobody_of_another_site(staff: Staff) -> None:
    nora, amir = of(staff, "Nora North"), of(staff, "Amir Said")
    engine, by_nora = staff.clinic.engine, staff.request(nora)
    attempts: list[Callable[[], object]] = [
        lambda: add_staff(engine, by_nora, "Elin", staff.site(), ["clinician"]),
        lambda: set_roles(engine, by_nora, amir, staff.site(), []),
        lambda: end_staff(engine, by_nora, amir),
        lambda: reset_staff(engine, by_nora, amir),
        lambda: rename_staff(engine, by_nora, amir, "Amir"),
        lambda: lift_lock(engine, by_nora, amir),
        lambda: take_back(engine, by_nora, amir),
    ]
    for attempt in attempts:
        with staff.clinic.refuses("that you are no admin of"):
            attempt()


def test_who_is_no_admin_changes_nobody(staff: Staff) -> None:
    elin = staff.employ("Elin Berg", "clinician")
    with staff.clinic.refuses("that you are no admin of"):
        set_roles(staff.clinic.engine, staff.request(elin), elin, staff.site(), ["admin"])


def test_an_admin_who_left_changes_nobody(staff: Staff) -> None:
    engine, elin, amir = staff.clinic.engine, staff.employ("Elin Berg"), of(staff, "Amir Said")
    end_staff(engine, staff.request(), amir)
    with staff.clinic.refuses("that you are no admin of"):
        end_staff(engine, staff.request(amir), elin)


def test_who_works_at_two_sites_is_ended_by_an_admin_of_both(staff: Staff) -> None:
    engine, elin, amir = staff.clinic.engine, staff.employ("Elin Berg"), of(staff, "Amir Said")
    set_roles(engine, staff.request(), elin, staff.site("north"), ["clinician"])
    with staff.clinic.refuses("that you are no admin of"):
        end_staff(engine, staff.request(amir), elin)
    set_roles(engine, staff.request(amir), elin, staff.site(), [])
    [there] = [one for one in roster(engine) if one["staff"] == elin]
    assert there["roles"] == {staff.site("north"): ["clinician"]}


def test_roles_hold_from_the_next_click(staff: Staff) -> None:
    elin = staff.employ("Elin Berg", "clinician")
    token = staff.enter("Elin Berg")
    answer = set_roles(staff.clinic.engine, staff.request(), elin, staff.site(), ["front-desk"])
    assert (answer["given"], answer["taken"]) == (["front-desk"], ["clinician"])
    assert staff.here(token).roles == {staff.site(): frozenset({"front-desk"})}


def test_every_site_keeps_an_admin_who_can_sign_in(staff: Staff) -> None:
    engine, amir, ada, nora = staff.clinic.engine, *(of(staff, name) for name in ("Amir Said", "Ada Lee", "Nora North"))
    with staff.clinic.refuses("nobody could sign in there as an admin"):
        end_staff(engine, staff.request(nora), nora)
    with staff.clinic.refuses("nobody could sign in there as an admin"):
        set_roles(engine, staff.request(nora), nora, staff.site("north"), ["manager"])
    end_staff(engine, staff.request(amir), ada)
    with staff.clinic.refuses("nobody could sign in there as an admin"):
        set_roles(engine, staff.request(amir), amir, staff.site(), [])


def test_an_admin_whose_code_has_ended_is_none_who_can_sign_in(staff: Staff) -> None:
    engine, amir = staff.clinic.engine, of(staff, "Amir Said")
    reset_staff(engine, staff.request(amir), of(staff, "Ada Lee"))
    staff.clinic.clock.go_on(days=8)
    with staff.clinic.refuses("nobody could sign in there as an admin"):
        end_staff(engine, staff.request(amir), amir)


def test_a_reset_lets_somebody_begin_anew(staff: Staff) -> None:
    engine, amir = staff.clinic.engine, of(staff, "Amir Said")
    femi = staff.employ("Femi Ade", "manager")
    token = staff.enter("Femi Ade")
    staff.protect(token)
    for _ in range(5):
        with pytest.raises(NotLetInError):
            staff.enter("Femi Ade", "not this one")
    request = staff.request(amir)
    code = reset_staff(engine, request, femi)["code"]
    assert reset_staff(engine, request, femi)["code"] == code
    assert staff.found(token) is None
    with pytest.raises(NotLetInError):
        staff.enter("Femi Ade", PHRASE)
    assert staff.here(staff.enter("Femi Ade", code)).step is Step.PASSWORD
    [femi_now] = [one for one in roster(engine, staff.site()) if one["staff"] == femi]
    assert (femi_now["has_factor"], femi_now["codes_left"], femi_now["locked_until"]) == (False, 0, None)
    assert "access-reset" in staff.deeds()


def test_who_left_may_come_back(staff: Staff) -> None:
    engine, amir, elin = staff.clinic.engine, of(staff, "Amir Said"), staff.employ("Elin Berg")
    end_staff(engine, staff.request(amir), elin)
    attempts: list[Callable[[], object]] = [
        lambda: reset_staff(engine, staff.request(amir), elin),
        lambda: set_roles(engine, staff.request(amir), elin, staff.site(), ["manager"]),
    ]
    for attempt in attempts:
        with staff.clinic.refuses("Elin Berg has left"):
            attempt()
    code = take_back(engine, staff.request(amir), elin)["code"]
    assert staff.here(staff.enter("Elin Berg", code)).roles == {staff.site(): frozenset({"clinician"})}
    with staff.clinic.refuses("has not left"):
        take_back(engine, staff.request(amir), elin)


def test_another_name_is_signed_in_with(staff: Staff) -> None:
    elin = staff.employ("Elin Berg")
    rename_staff(staff.clinic.engine, staff.request(), elin, "Elin Berg")
    rename_staff(staff.clinic.engine, staff.request(), elin, "Elin Berglund")
    assert staff.here(staff.enter("Elin Berglund")).name == "Elin Berglund"
    with pytest.raises(NotLetInError):
        staff.enter("Elin Berg")
    with staff.clinic.refuses("is called"):
        rename_staff(staff.clinic.engine, staff.request(), elin, "Amir Said")


def test_a_lock_is_seen_and_lifted(staff: Staff) -> None:
    elin = staff.employ("Elin Berg")
    for _ in range(5):
        with pytest.raises(NotLetInError):
            staff.enter("elin berg", "not this one")
    [seen] = [one["locked_until"] for one in roster(staff.clinic.engine, staff.site()) if one["staff"] == elin]
    assert seen == "2026-03-02T17:01:00.000000Z"
    lift_lock(staff.clinic.engine, staff.request(of(staff, "Amir Said")), elin)
    assert staff.here(staff.enter("Elin Berg")).staff == elin


def test_nobody_is_named_who_is_not_there(staff: Staff) -> None:
    with staff.clinic.refuses('nobody of the staff is called "Nobody"'):
        of(staff, "Nobody")
    with staff.clinic.refuses('there is nobody of the staff "x"'):
        end_staff(staff.clinic.engine, staff.request(), "x")
    with staff.clinic.refuses('there is no site "x"'):
        add_staff(staff.clinic.engine, staff.request(), "Elin", "x", ["clinician"])
