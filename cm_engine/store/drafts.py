"""Drafts of policies: each time that one is saved is kept, so that undoing goes back as far as it began; what is noted is sealed."""

import json
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.tables import draft_notes, draft_revisions, policy_drafts, staff
from cm_engine.vault import Vault, VaultError

_LATER = draft_revisions.alias("later")
_NEXT = (
    select(func.max(_LATER.c.number))
    .where(_LATER.c.draft_id == policy_drafts.c.id, _LATER.c.behind == policy_drafts.c.shown)
    .scalar_subquery()
)
COLUMNS = (
    policy_drafts.c.id,
    policy_drafts.c.program_id,
    policy_drafts.c.policy,
    policy_drafts.c.name,
    policy_drafts.c.based_on,
    draft_revisions.c.terms,
    draft_revisions.c.number,
    draft_revisions.c.behind,
    _NEXT,
    draft_revisions.c.actor,
    staff.c.name,
    draft_revisions.c.made_at,
    policy_drafts.c.ended_at,
    draft_notes.c.sealed,
)
_SHOWN = (draft_revisions.c.draft_id == policy_drafts.c.id) & (draft_revisions.c.number == policy_drafts.c.shown)
_DRAFTS = (
    select(*COLUMNS)
    .select_from(policy_drafts)
    .join(draft_revisions, _SHOWN)
    .outerjoin(staff, staff.c.id == draft_revisions.c.actor)
    .outerjoin(draft_notes, draft_notes.c.draft_id == policy_drafts.c.id)
)
DRAFT = Statement(
    _DRAFTS.where(policy_drafts.c.id == bindparam("of"), policy_drafts.c.program_id == bindparam("program"))
)
DRAFTS = Statement(
    _DRAFTS.where(policy_drafts.c.program_id == bindparam("program"), policy_drafts.c.ended_at.is_(None)).order_by(
        draft_revisions.c.made_at.desc(), policy_drafts.c.id
    )
)
LATEST = Statement(select(func.max(draft_revisions.c.number)).where(draft_revisions.c.draft_id == bindparam("of")))


class Draft(NamedTuple):
    """A draft as it is shown: the text of which revision, by whom and when; where undoing and redoing lead (None: nowhere).

    `policy` is the program's policy that it is for, `based_on` the version that it was made of, if of one.
    """

    id: str
    program: str
    policy: str
    name: str
    based_on: str | None
    text: str
    revision: int
    undo: int | None
    redo: int | None
    changed_by: str
    changed_by_name: str
    changed_at: str
    ended_at: str | None
    note: str

    @property
    def can_undo(self) -> bool:
        """Tell whether there is an earlier revision."""
        return self.undo is not None

    @property
    def can_redo(self) -> bool:
        """Tell whether something was undone that can be done again."""
        return self.redo is not None


class Revision(NamedTuple):
    """What a draft says from now on: behind which revision, the text, by whom and when."""

    behind: int
    text: str
    actor: str
    made_at: str


def draft_in(tx: Transaction, vault: Vault, program: str, draft: str) -> Draft | None:
    """Give a program's draft; None where it has none of that id."""
    row = tx.row(DRAFT, {"of": draft, "program": program})
    return _draft(vault, row) if row else None


def drafts_in(tx: Transaction, vault: Vault, program: str) -> list[Draft]:
    """Give a program's drafts that were not put away, the one that was changed last first."""
    return [_draft(vault, row) for row in tx.rows(DRAFTS, {"program": program})]


def add_draft(tx: Transaction, draft: str, program: str, called: tuple[str, str, str | None], made: Revision) -> None:
    """Add a draft with its first revision; `called` is for which policy it is, its name, and the version that it was made of."""
    policy, name, based_on = called
    columns = {"id": draft, "program_id": program, "policy": policy, "name": name, "based_on": based_on}
    tx.do(insert(policy_drafts).values(**columns, shown=1, made_at=made.made_at))
    _add(tx, draft, 1, made)


def add_revision(tx: Transaction, draft: str, made: Revision) -> int:
    """Add a revision, and show it; give its number."""
    row = tx.row(LATEST, {"of": draft})
    number: int = (row[0] if row else 0) + 1
    _add(tx, draft, number, made)
    show(tx, draft, number)
    return number


def show(tx: Transaction, draft: str, revision: int) -> None:
    """Show another revision."""
    tx.do(update(policy_drafts).where(policy_drafts.c.id == draft).values(shown=revision))


def rename(tx: Transaction, draft: str, name: str) -> None:
    """Give a draft another name."""
    tx.do(update(policy_drafts).where(policy_drafts.c.id == draft).values(name=name))


def end_draft(tx: Transaction, draft: str, ended_at: str | None) -> None:
    """Put a draft away, or back."""
    tx.do(update(policy_drafts).where(policy_drafts.c.id == draft).values(ended_at=ended_at))


def keep_draft_note(tx: Transaction, vault: Vault, draft: str, note: str) -> None:
    """Keep what is noted beside a draft, in place of what was noted before."""
    tx.do(delete(draft_notes).where(draft_notes.c.draft_id == draft))
    if note:
        tx.do(insert(draft_notes).values(draft_id=draft, sealed=vault.seal(json.dumps([draft, note]))))


def _add(tx: Transaction, draft: str, number: int, made: Revision) -> None:
    columns = {"behind": made.behind, "terms": made.text, "actor": made.actor, "made_at": made.made_at}
    tx.do(insert(draft_revisions).values(draft_id=draft, number=number, **columns))


def _draft(vault: Vault, row: Row) -> Draft:
    *told, behind, ahead, actor, name, made_at, ended_at, sealed = row
    note = _opened(vault, row[0], bytes(sealed)) if sealed is not None else ""
    return Draft._make([*told, behind or None, ahead, actor, name or "", made_at, ended_at, note])


def _opened(vault: Vault, draft: str, sealed: bytes) -> str:
    of, note = json.loads(vault.open(sealed))
    if of != draft:
        raise VaultError(f"the note beside draft {draft} was sealed for another one; restore a backup")
    return str(note)
