"""`cm-engine admin`: who may sign in, and a way back in for somebody who cannot."""

import pytest

from cm_engine.actions.secure import set_password
from cm_engine.actions.sign_in import NotLetInError, sign_in, who_is_here
from tests.installations import Installed
from tests.staff import LIMITS, PHRASE


def signed_in(installed: Installed, code: str) -> str:
    """Femi chooses a password with a code; give the token."""
    engine = installed.engine()
    token = sign_in(engine, "Femi", code)
    here = who_is_here(engine, token, LIMITS)
    assert here is not None
    set_password(engine, here, PHRASE)
    engine.close()
    return token


def test_somebody_who_cannot_sign_in_gets_a_new_code(installed: Installed) -> None:
    token = signed_in(installed, installed.told("init", "--admin", "Femi")["code"])
    engine = installed.engine()
    for _ in range(5):
        with pytest.raises(NotLetInError):
            sign_in(engine, "Femi", "not this one")
    told = installed.told("admin", "reset", "femi")
    assert who_is_here(engine, token, LIMITS) is None
    with pytest.raises(NotLetInError):
        sign_in(engine, "Femi", PHRASE)
    engine.close()
    signed_in(installed, told["code"])
    deeds = installed.ask("SELECT actor FROM activity WHERE deed = 'access-reset'")
    assert deeds == [("command-line",)]


def test_the_code_is_told_in_words_too(clinic_folder: Installed) -> None:
    clinic_folder.well("init", "--admin", "Femi")
    told = clinic_folder.well("admin", "reset", "Femi")
    assert told.out.startswith("one-time code of Femi: ")
    assert "shown only now" in told.out


def test_nobody_of_that_name(clinic_folder: Installed) -> None:
    clinic_folder.well("init", "--admin", "Femi")
    refused = clinic_folder.run("admin", "reset", "Gus")
    assert refused.code == 2
    assert refused.says('nobody of the staff is called "Gus"', "cm-engine admin list")


def test_the_staff_is_listed(clinic_folder: Installed) -> None:
    code = clinic_folder.told("init", "--admin", "Femi")["code"]
    assert "Femi    admin at site  has a one-time code  no" in clinic_folder.well("admin", "list").out
    signed_in(clinic_folder, code)
    assert "can sign in" in clinic_folder.well("admin", "list").out
    [femi] = clinic_folder.told("admin", "list")["staff"]
    assert (femi["name"], femi["roles"], femi["state"]) == ("Femi", {"site": ["admin"]}, "active")
    assert PHRASE not in str(femi)
    clinic_folder.ask("UPDATE staff SET ended_at = '2026-02-03T09:00:00.000000Z'", change=True)
    assert "left on 2026-02-03" in clinic_folder.well("admin", "list").out


def test_a_code_that_ended_and_a_name_that_waits_are_told(clinic_folder: Installed) -> None:
    clinic_folder.well("init", "--admin", "Femi")
    clinic_folder.ask("UPDATE staff SET code_until = '2026-02-03T09:00:00.000000Z'", change=True)
    assert "cannot sign in: reset" in clinic_folder.well("admin", "list").out
    engine = clinic_folder.engine()
    for _ in range(5):
        with pytest.raises(NotLetInError):
            sign_in(engine, "Femi", "not this one")
    engine.close()
    assert "UTC after wrong tries" in clinic_folder.well("admin", "list").out
