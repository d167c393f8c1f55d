"""Tamper evidence: what is changed by hand in the database file is named, and what a chain cannot show is said."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from cm_engine.actions.draw import draw_by_hand, open_draws, pick
from cm_engine.actions.enrol import discharge
from cm_engine.actions.redeem import choose
from cm_engine.actions.revise import publish
from cm_engine.actions.verify import Found, verify
from cm_engine.clock import written
from cm_engine.exchange.policy_file import load_policy, parse_policy, policy_text
from cm_engine.store.links import head, link
from cm_engine.store.notes import keep_note, note_of
from cm_engine.store.people import keep_person, person_of
from cm_engine.vault import VaultError
from tests.clinic import Clinic, clinic

HIGGINS = load_policy("higgins-voucher")
DEARER = parse_policy("story", policy_text(HIGGINS).replace("2.50", "5.00"))


@pytest.fixture
def riverside(migrated_sqlite_url: str) -> Iterator[Clinic]:
    """A clinic in which something of everything has happened."""
    with clinic(migrated_sqlite_url, HIGGINS, "va-prize") as opened:
        engine, ask = opened.engine, opened.request
        ada, gus = opened.enrol("Ada"), opened.enrol("Gus")
        for person in (ada, gus):
            opened.tests(person, "NNN")
            draw_by_hand(engine, ask(), person, "va-prize", "small")
        draw = open_draws(engine, ask(), ada, "va-prize")["draws"][0]["draw"]
        pick(engine, ask(), ada, draw, 7)
        choose(engine, ask(), ada, opened.prize("Coffee card"))
        discharge(engine, ask(), gus, opened.today)
        publish(engine, ask(), opened.program, DEARER, opened.today + timedelta(days=1))
        tampered(opened, *_with_head(opened))
        assert verify(engine).is_clean
        yield opened


def _with_head(opened: Clinic) -> list[str]:
    facts = opened.ask("SELECT count(*) FROM log")[0][0]
    values = f"'{opened.today}', '{written(opened.clock.now)}', 3, {facts}, x'{the_head(opened).hex()}'"
    return [f"INSERT INTO heads VALUES ({values})"]


def the_head(opened: Clinic) -> bytes:
    """Give the digest over all chains, as it would be printed."""
    return head([tuple(row) for row in opened.ask("SELECT chain, seq, digest FROM standings ORDER BY chain")])


def tampered(opened: Clinic, *statements: str) -> Found:
    """Change something by hand in the file, with the triggers out of the way, and verify."""
    path = Path(str(opened.engine.database.url.database))
    with closing(sqlite3.connect(path)) as connection, connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount, "nothing was changed"
        for _, made_by in triggers:
            connection.execute(made_by)
    return verify(opened.engine)


def chain_of(opened: Clinic, code: str) -> str:
    chain: str = opened.ask(f"SELECT id FROM participants WHERE code = '{code}'")[0][0]
    return chain


def said(found: Found) -> str:
    return "\n".join(f"{fault.check}: {fault.what}" for fault in found.faults)


LOG_CHANGES = {
    "another outcome": "UPDATE log SET body = replace(body, 'negative', 'positive') WHERE {row}",
    "another moment": "UPDATE log SET recorded_at = '2026-01-01T00:00:00.000000Z' WHERE {row}",
    "another actor": "UPDATE log SET actor = 'somebody-else' WHERE {row}",
    "another id": "UPDATE log SET key = '0123456789abcdef01234567' WHERE {row}",
    "another kind of fact": "UPDATE log SET fact = 'enrolled' WHERE {row}",
    "a body that is none": "UPDATE log SET body = 'torn' WHERE {row}",
    "another digest": "UPDATE log SET digest = zeroblob(32) WHERE {row}",
    "another amount": "UPDATE entries SET amount = amount + 1 WHERE {row}",
    "another account": "UPDATE entries SET credit = 'held@somebody-else' WHERE {row}",
    "another posting date": "UPDATE entries SET posted_on = '2025-12-31' WHERE {row}",
    "an entry gone": "DELETE FROM entries WHERE {row}",
    "an entry more": "INSERT INTO entries SELECT chain, seq, 9, debit, credit, unit, amount, posted_on, event FROM entries"
    " WHERE {row} AND place = 0",
    "the row gone": "DELETE FROM log WHERE {row}",
}


@pytest.mark.parametrize("what", list(LOG_CHANGES))
def test_a_changed_row_of_the_log_or_its_entries_is_named(riverside: Clinic, what: str) -> None:
    ada = chain_of(riverside, "Ada")
    row = f"chain = '{ada}' AND seq = 3"
    assert f"chain {ada}, row 3: " in said(tampered(riverside, LOG_CHANGES[what].format(row=row)))


def test_two_rows_that_were_swapped_are_named(riverside: Clinic) -> None:
    ada = chain_of(riverside, "Ada")
    swaps = [
        f"UPDATE log SET seq = {new} WHERE chain = '{ada}' AND seq = {old}" for old, new in ((2, 99), (3, 2), (99, 3))
    ]
    found = said(tampered(riverside, *swaps))
    assert f"chain {ada}, row 2: the row or its entries were changed" in found
    assert f"chain {ada}, row 3: the row or its entries were changed" in found


def test_a_digest_that_was_made_anew_for_a_changed_row_gives_the_next_one_away(riverside: Clinic) -> None:
    ada = chain_of(riverside, "Ada")
    rows = riverside.ask(f"SELECT * FROM log WHERE chain = '{ada}' AND seq IN (2, 3) ORDER BY seq")
    columns = "debit, credit, unit, amount, posted_on, event"
    posted = riverside.ask(f"SELECT {columns} FROM entries WHERE chain = '{ada}' AND seq = 3 ORDER BY place")
    chain, seq, word, key, recorded_at, _, body, _ = rows[1]
    row = (chain, str(seq), word, key, recorded_at, "somebody-else", body)
    digest = link(bytes(rows[0][-1]), row, [tuple(entry) for entry in posted]).hex()
    changed = f"UPDATE log SET actor = 'somebody-else', digest = x'{digest}' WHERE chain = '{ada}' AND seq = 3"
    found = said(tampered(riverside, changed))
    assert f"chain {ada}, row 3: the row" not in found
    assert f"chain {ada}, row 4: the row or its entries were changed" in found


def test_a_row_that_was_added_is_named(riverside: Clinic) -> None:
    ada = chain_of(riverside, "Ada")
    columns = "recorded_at, actor, body, digest FROM log"
    more = f"INSERT INTO log SELECT chain, 99, fact, 'another', {columns} WHERE chain = '{ada}' AND seq = 4"
    found = said(tampered(riverside, more))
    assert f"chain {ada}, row 99: the row or its entries were changed" in found
    assert f"chain {ada}: it ends with row 99" in found


def test_entries_without_a_row_are_named(riverside: Clinic) -> None:
    columns = "place, debit, credit, unit, amount, posted_on, event FROM entries"
    more = f"INSERT INTO entries SELECT chain, 77, {columns} WHERE seq = 3 AND place = 0"
    assert "row 77: entries without a row of the log" in said(tampered(riverside, more))


STANDINGS = {
    "more to spend": "state = replace(state, '\"usd\",', '\"usd\",1')",
    "another place on the ladder": "state = replace(state, ',[3,', ',[8,')",
    "no state": "state = ''",
    "a state that is none": "state = 'torn'",
    "a row back": "seq = seq - 1",
    "another digest": "digest = zeroblob(32)",
}


@pytest.mark.parametrize("what", list(STANDINGS))
def test_a_changed_standing_is_named(riverside: Clinic, what: str) -> None:
    ada = chain_of(riverside, "Ada")
    before = riverside.rows()
    found = tampered(riverside, f"UPDATE standings SET {STANDINGS[what]} WHERE chain = '{ada}'")
    assert riverside.rows() != before
    assert f"chain {ada}: " in said(found)


def test_a_standing_that_is_gone_is_named_and_so_is_a_chain(riverside: Clinic) -> None:
    ada, gus = chain_of(riverside, "Ada"), chain_of(riverside, "Gus")
    found = tampered(
        riverside, f"DELETE FROM standings WHERE chain = '{ada}'", f"DELETE FROM log WHERE chain = '{gus}'"
    )
    assert f"chain {ada}: where it stands is missing" in said(found)
    assert f"chain {gus}: all of its" in said(found)


BESIDE = {
    "a prize out of the cabinet": ("UPDATE stock SET on_hand = on_hand - 1 WHERE on_hand = 10", "and the cabinet 9"),
    "a prize's stock gone": ("DELETE FROM stock WHERE on_hand = 10", "the books say 10"),
    "a dearer policy": (
        "UPDATE policy_versions SET terms = replace(terms, '5.00', '9.00') WHERE number = 2",
        "policy_versions {version}: the text",
    ),
    "a policy that cannot be read": (
        "UPDATE policy_versions SET terms = 'torn' WHERE number = 2",
        "policy_versions {version}: the text",
    ),
    "a policy from an earlier day": (
        "UPDATE policy_versions SET from_day = '2026-01-01' WHERE number = 2",
        "policy_versions {version}: the log says otherwise",
    ),
    "a policy under another name": (
        "UPDATE policy_versions SET policy = 'another' WHERE number = 2",
        "policy_versions {version}: the log says otherwise",
    ),
    "a policy gone": ("DELETE FROM policy_versions WHERE number = 2", "policy_versions {version}: the log has it"),
    "a policy that nobody published": (
        "INSERT INTO policy_versions SELECT 'another', program_id, policy, 3, from_day, terms FROM policy_versions"
        " WHERE number = 2",
        "policy_versions another: the log does not have it",
    ),
    "higher caps": ("UPDATE program_terms SET terms = replace(terms, '599.00', '999.00')", "program_terms "),
    "caps from a later day": ("UPDATE program_terms SET from_day = '2026-03-09'", "the log says otherwise"),
    "another first day": ("UPDATE enrolments SET first_day = '2026-01-01' WHERE last_day IS NOT NULL", "enrolment "),
    "an enrolment open again": ("UPDATE enrolments SET last_day = NULL WHERE last_day IS NOT NULL", "enrolment "),
    "an enrolment gone": ("DELETE FROM enrolments WHERE last_day IS NOT NULL", "and the roster does not"),
    "an enrolment more": (
        "INSERT INTO enrolments SELECT 'another', participant_id, program_id, first_day, last_day FROM enrolments"
        " WHERE last_day IS NOT NULL",
        "enrolment another: the log says otherwise",
    ),
    "a head of more chains": ("UPDATE heads SET chains = 4", "over 3 chains and "),
    "a head of more facts": ("UPDATE heads SET facts = facts + 1", "head of 2026-03-08: it is over 3 chains and "),
    "another head": ("UPDATE heads SET digest = zeroblob(32)", "head of 2026-03-08"),
}


@pytest.mark.parametrize("what", list(BESIDE))
def test_what_was_changed_beside_the_log_is_named(riverside: Clinic, what: str) -> None:
    version = riverside.ask("SELECT id FROM policy_versions WHERE number = 2")[0][0]
    statement, named = BESIDE[what]
    assert named.format(version=version) in said(tampered(riverside, statement))


def test_an_end_that_was_cut_off_is_only_found_by_the_head_that_is_kept_elsewhere(riverside: Clinic) -> None:
    """Whoever can write the file can also put the standing back; nothing in the file tells it then."""
    ada = chain_of(riverside, "Ada")
    last = riverside.ask(f"SELECT max(seq) FROM log WHERE chain = '{ada}'")[0][0]
    standing = riverside.ask(f"SELECT seq, digest, state FROM standings WHERE chain = '{ada}'")[0]
    riverside.record(ada)
    printed = the_head(riverside)
    seq, digest, state = standing
    found = tampered(
        riverside,
        f"DELETE FROM log WHERE chain = '{ada}' AND seq > {last}",
        f"DELETE FROM entries WHERE chain = '{ada}' AND seq > {last}",
        f"UPDATE standings SET seq = {seq}, digest = x'{bytes(digest).hex()}', state = '{state}' WHERE chain = '{ada}'",
        "DELETE FROM heads",
    )
    assert json.loads(state)["purse"]
    assert found.is_clean  # what the file cannot show
    assert the_head(riverside) != printed  # what the printed head does


def test_the_head_in_the_file_finds_an_end_that_was_cut_off_by_somebody_careless(riverside: Clinic) -> None:
    ada = chain_of(riverside, "Ada")
    last = riverside.ask(f"SELECT max(seq) FROM log WHERE chain = '{ada}'")[0][0]
    found = said(tampered(riverside, f"DELETE FROM log WHERE chain = '{ada}' AND seq = {last}"))
    assert "head of 2026-03-08: the chains of that day give another one" in found
    assert f"chain {ada}: it ends with row {last - 1}, and is said to end with row {last}" in found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DELETE FROM seals", "its bytes are gone"),
        ("UPDATE seals SET sealed = x'00'", "cannot be opened"),
        ("UPDATE seals SET sealed = (SELECT sealed FROM people)", "not the ones whose SHA-256 was shown"),
        ("INSERT INTO seals SELECT 'made-up', chain, sealed FROM seals", "of a draw that is not open"),
    ],
)
def test_the_bytes_of_an_open_draw_are_the_ones_that_were_sealed(riverside: Clinic, change: str, told: str) -> None:
    with riverside.engine.database.writing() as tx:
        keep_person(tx, riverside.engine.vault, riverside.ask("SELECT id FROM participants")[0][0], {"name": "Ada"})
    ben = riverside.enrol("Ben")
    riverside.tests(ben, "N")
    open_draws(riverside.engine, riverside.request(), ben, "va-prize")
    assert tampered(riverside, "DELETE FROM heads").is_clean  # people came since
    faults = tampered(riverside, change).faults
    assert len(faults) == 1
    assert told in faults[0].what


STRAY = {
    "people": "INSERT INTO people SELECT 'nobody', sealed FROM people",
    "notes": "UPDATE notes SET seq = 99",
    "received": "INSERT INTO received SELECT id, 'made-up', 'nobody', 1 FROM sites",
}


@pytest.mark.parametrize("table", list(STRAY))
def test_what_lies_beside_the_log_without_a_row_there_is_named(riverside: Clinic, table: str) -> None:
    ada = chain_of(riverside, "Ada")
    _keep_beside(riverside, ada)
    assert verify(riverside.engine).is_clean
    (fault,) = tampered(riverside, STRAY[table]).faults
    assert fault.what.startswith(f"{table} ")
    assert fault.what.endswith("the log has nothing that it belongs to")


def test_a_name_and_a_note_that_were_put_beside_somebody_else_do_not_open(riverside: Clinic) -> None:
    ada, gus = chain_of(riverside, "Ada"), chain_of(riverside, "Gus")
    _keep_beside(riverside, ada)
    _keep_beside(riverside, gus)
    vault, of_ada = riverside.engine.vault, f"(SELECT sealed FROM {{}} WHERE {{}} = '{ada}')"
    changes = [
        f"UPDATE {t} SET sealed = {of_ada.format(t, c)}" for t, c in (("people", "participant_id"), ("notes", "chain"))
    ]
    assert tampered(riverside, *changes).is_clean  # nothing is opened
    with riverside.engine.database.reading() as tx:
        assert person_of(tx, vault, ada) == {"name": ada}
        assert note_of(tx, vault, ada, 3) == ("why", ada)
        with pytest.raises(VaultError, match=f"participant {gus} was sealed for another"):
            person_of(tx, vault, gus)
        with pytest.raises(VaultError, match=f"row 3 of chain {gus} was sealed for another"):
            note_of(tx, vault, gus, 3)


def _keep_beside(opened: Clinic, participant: str) -> None:
    with opened.engine.database.writing() as tx:
        keep_person(tx, opened.engine.vault, participant, {"name": participant})
        keep_note(tx, opened.engine.vault, participant, 3, "why", participant)
