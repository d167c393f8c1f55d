"""`cm-engine key rotate`: another key seals, everything still opens, at whatever moment it is cut short."""

import io
from pathlib import Path

import pytest

from cm_engine.actions.cards import issue_card
from cm_engine.actions.draw import open_draws
from cm_engine.actions.requests import Request
from cm_engine.exchange.key_file import read_keys
from cm_engine.store.factors import keep_codes, keep_factor, seal_secret
from cm_engine.store.people import keep_person, person_of
from cm_engine.vault import Keys, Vault, VaultError
from tests.installations import EVENTS, Installed, command, ended

ADA = {"name": "Ada Example", "phone": "555-0100"}


def all_that_is_sealed(installed: Installed) -> Installed:
    installed.filled()
    engine = installed.engine()
    [(ada,)] = installed.ask("SELECT id FROM participants WHERE code = 'Ada-1007'")
    with engine.database.writing() as tx:
        keep_person(tx, engine.vault, ada, ADA)
    open_draws(engine, Request("open", "dev"), ada, "va-prize", 2)
    issue_card(engine, Request("issue", "dev"), ada)
    [(femi,)] = installed.ask("SELECT id FROM staff")
    with engine.database.writing() as tx:
        keep_factor(tx, femi, seal_secret(engine.vault, femi, bytes(20)), 0, "2026-01-05T09:00:00.000000Z")
        keep_codes(tx, femi, [bytes(32)])
    engine.close()
    return installed


def opens(installed: Installed, keys: Keys) -> int:
    """Tell how much keys open of all that is sealed."""
    vault, count = Vault(keys), 0
    for table in ("people", "notes", "seals", "cards", "second_factors"):
        for (sealed,) in installed.ask(f"SELECT sealed FROM {table} WHERE sealed IS NOT NULL"):
            try:
                vault.open_bytes(bytes(sealed))
                count += 1
            except VaultError:
                pass
    return count


def keys_of(installed: Installed, name: str = "clinic.key") -> Keys:
    return read_keys(installed.folder / name, None)


def test_everything_is_sealed_again_and_only_the_new_key_stays(installed: Installed) -> None:
    all_that_is_sealed(installed)
    before = keys_of(installed)
    told = installed.told("key", "rotate")
    after = keys_of(installed)
    assert told["sealed"] == 6
    assert (len(after.sealing), after.index) == (1, before.index)
    assert after.sealing != before.sealing
    assert (opens(installed, before), opens(installed, after)) == (0, 6)
    assert keys_of(installed, told["earlier"]) == before
    assert installed.well("verify").out.endswith("\nclean\n")
    engine = installed.engine()
    [(ada,)] = installed.ask("SELECT id FROM participants WHERE code = 'Ada-1007'")
    with engine.database.reading() as tx:
        assert person_of(tx, engine.vault, ada) == ADA
    engine.close()


def test_neither_key_is_ever_shown(clinic_folder: Installed) -> None:
    all_that_is_sealed(clinic_folder)
    old = keys_of(clinic_folder)
    told = clinic_folder.well("key", "rotate")
    for written in (*old.sealing, *keys_of(clinic_folder).sealing, old.index):
        assert written.decode() not in told.out + told.err


def test_a_backup_of_before_opens_with_the_key_that_was_kept(clinic_folder: Installed) -> None:
    all_that_is_sealed(clinic_folder).well("backup", "before.cmbackup")
    earlier = clinic_folder.told("key", "rotate")["earlier"]
    refused = clinic_folder.run("restore", "before.cmbackup", "--database", "sqlite:///new.db")
    assert refused.says("none of the keys at hand opens this backup")
    clinic_folder.write("config.toml", f'key_file = "{earlier}"\n')
    clinic_folder.well("restore", "before.cmbackup", "--database", "sqlite:///new.db")


@pytest.mark.parametrize("moment", range(1, 8))
def test_cut_short_at_any_moment_everything_opens_and_it_can_be_run_again(installed: Installed, moment: int) -> None:
    all_that_is_sealed(installed)
    code = f"""
import os
from cm_engine.actions import rotate as m
count = 0
def dying(act):
    def go(*args, **more):
        global count
        count += 1
        if count == {moment}:
            os._exit(9)
        return act(*args, **more)
    return go
m.write_key_file, m._seal_again, m.keep_proof = map(dying, (m.write_key_file, m._seal_again, m.keep_proof))
"""
    args = ["-c", code + command()[1], "key", "rotate", *(["--database", installed.url] if installed.url else [])]
    assert ended(installed.start(*args))[0] == 9
    assert opens(installed, keys_of(installed)) == 6
    assert installed.well("verify").out.endswith("\nclean\n")
    installed.well("key", "rotate")
    assert (len(keys_of(installed).sealing), opens(installed, keys_of(installed))) == (1, 6)


def test_what_cannot_be_opened_stops_it_and_no_key_is_lost(installed: Installed) -> None:
    all_that_is_sealed(installed)
    spoilt = "'\\x00'::bytea" if installed.url else "x'00'"
    installed.ask(f"UPDATE notes SET sealed = {spoilt}", change=True)
    before = keys_of(installed)
    refused = installed.run("key", "rotate")
    assert refused.code == 2
    assert refused.says("cannot be opened")
    assert set(before.sealing) <= set(keys_of(installed).sealing)
    assert opens(installed, before) == 5


def test_after_the_key_is_lost_the_books_go_on_without_names(installed: Installed) -> None:
    all_that_is_sealed(installed)
    [(entries,)] = installed.ask("SELECT count(*) FROM entries")
    key = installed.folder / "clinic.key"
    lost = key.read_bytes()
    key.unlink()
    told = installed.told("key", "replace-lost", "--yes")
    assert (told["people"], told["notes"], told["resealed"], told["cards"], told["aside"]) == (1, 1, 2, 1, None)
    assert (told["factors"], installed.ask("SELECT count(*) FROM recovery_codes")) == (1, [(0,)])
    assert installed.ask("SELECT count(*) FROM entries") == [(entries,)]
    assert installed.well("verify").out.endswith("\nclean\n")
    assert opens(installed, keys_of(installed)) == 2
    assert installed.ask("SELECT count(*) FROM log WHERE fact = 'draw-resealed'") == [(2,)]
    installed.write("events.csv", EVENTS.replace("first visit of Ada", ""))
    assert installed.told("import", "events.csv")["already_there"] == 4
    (installed.folder / "found.key").write_bytes(lost)
    installed.write("config.toml", 'key_file = "found.key"\n')
    assert installed.run("verify").says("was replaced as lost")


def test_a_key_that_fits_is_not_lost_and_one_that_does_not_is_put_aside(installed: Installed) -> None:
    all_that_is_sealed(installed)
    before = keys_of(installed)
    assert installed.run("key", "replace-lost", "--yes").says("it is not lost", "key rotate")
    assert keys_of(installed) == before
    earlier = installed.told("key", "rotate")["earlier"]
    (installed.folder / "clinic.key").write_bytes((installed.folder / earlier).read_bytes())
    assert installed.run("verify").code == 2
    told = installed.told("key", "replace-lost", "--yes")
    assert keys_of(installed, told["aside"]) == before
    assert installed.well("verify").out.endswith("\nclean\n")


@pytest.mark.parametrize(("answer", "code"), [("n\n", 2), ("y\n", 0)])
def test_it_says_what_the_loss_costs_and_asks(
    clinic_folder: Installed, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    all_that_is_sealed(clinic_folder)
    key = clinic_folder.folder / "clinic.key"
    key.unlink()
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    told = clinic_folder.run("key", "replace-lost")
    assert told.code == code
    assert "names and contacts of 1 people and 1 sealed notes will be removed" in told.err
    assert "1 patient cards will be ended: print new ones" in told.err
    assert "1 second factors of the staff will be removed" in told.err
    assert key.exists() == (code == 0)


def test_the_group_alone_shows_its_help(clinic_folder: Installed) -> None:
    told = clinic_folder.run("key")
    assert "rotate" in told.out + told.err
    assert Path("clinic.db").exists() is False
