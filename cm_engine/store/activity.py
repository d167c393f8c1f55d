"""The activity log: who did or saw what, where and when, in ids and fixed words alone, so that a purge leaves nothing that names anybody.

What is looked at again and again is noted once in an hour of the clock. The id of such a row follows from what it says and
the hour, so that one look at the table's key tells whether it is there, and two who look at the same moment make one row.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, insert, select, tuple_

from cm_engine.clock import written
from cm_engine.ids import id_of
from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.tables import activity, kiosks, roles, staff, tokens

HOUR = timedelta(hours=1)


class Deed(StrEnum):
    """What can be noted. Words are never changed."""

    # Looking.
    PERSON_VIEWED = "person-viewed"
    TRAIL_VIEWED = "trail-viewed"
    FILE_EXPORTED = "file-exported"

    # Signing in.
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"
    SIGNED_OUT_EVERYWHERE = "signed-out-everywhere"
    SIGN_IN_FAILED = "sign-in-failed"
    LOCKED_OUT = "locked-out"
    PASSWORD_SET = "password-set"  # noqa: S105 - the word for it
    FACTOR_SET = "factor-set"
    FACTOR_REMOVED = "factor-removed"
    RECOVERY_CODES_MADE = "recovery-codes-made"
    RECOVERY_CODE_USED = "recovery-code-used"

    # People and roles; `about` is whose.
    STAFF_ADDED = "staff-added"
    ROLE_GIVEN = "role-given"
    ROLE_TAKEN = "role-taken"
    ACCESS_RESET = "access-reset"
    ACCESS_ENDED = "access-ended"
    ACCESS_GIVEN_BACK = "access-given-back"
    STAFF_RENAMED = "staff-renamed"
    LOCK_LIFTED = "lock-lifted"

    # Sites and programs; `about` is the program.
    PROGRAM_BEGUN = "program-begun"
    PROGRAM_SET = "program-set"

    # Policies; `about` is the program.
    POLICY_PROPOSED = "policy-proposed"
    POLICY_APPROVED = "policy-approved"
    POLICY_DECLINED = "policy-declined"
    PROPOSAL_WITHDRAWN = "proposal-withdrawn"
    POLICY_PUBLISHED = "policy-published"

    # Kiosks; `about` is the kiosk.
    KIOSK_REGISTERED = "kiosk-registered"
    KIOSK_ENDED = "kiosk-ended"
    KIOSK_LOCKED = "kiosk-locked"
    KIOSK_UNLOCKED = "kiosk-unlocked"
    KIOSK_ENTERED = "kiosk-entered"
    KIOSK_LEFT = "kiosk-left"

    # Tokens of other programs; `about` is the token.
    TOKEN_MADE = "token-made"  # noqa: S105 - the word for it
    TOKEN_REVOKED = "token-revoked"  # noqa: S105 - the word for it

    # Cards and PINs.
    CARD_MADE = "card-made"
    CARD_ENDED = "card-ended"
    CARD_LOCKED = "card-locked"
    CARD_UNLOCKED = "card-unlocked"
    PIN_CODE_GIVEN = "pin-code-given"
    PIN_SET = "pin-set"
    PIN_RESET = "pin-reset"
    PIN_FAILED = "pin-failed"

    # Prints, noted where what is to be printed is opened.
    CARD_PRINTED = "card-printed"
    SHEET_PRINTED = "sheet-printed"

    # Who recorded the result or reset the PIN handed over too; `about` is the redemption.
    DUTIES_NOT_SEPARATED = "duties-not-separated"


# What is noted once in an hour of the clock.
ONCE_AN_HOUR = frozenset({Deed.PERSON_VIEWED, Deed.TRAIL_VIEWED})

THERE = Statement(select(activity.c.id).where(activity.c.id == bindparam("of")))
NOTE = Statement(insert(activity))
SITES_OF = Statement(select(roles.c.site_id).where(roles.c.staff_id == bindparam("of")).distinct())

_at_kiosk, _of_whom, _of_kiosk = kiosks.alias("at_kiosk"), staff.alias("of_whom"), kiosks.alias("of_kiosk")
_by_token, _of_token = tokens.alias("by_token"), tokens.alias("of_token")
_COLUMNS = (
    activity.c.at,
    activity.c.id,
    activity.c.deed,
    activity.c.actor,
    func.coalesce(staff.c.name, _at_kiosk.c.name, _by_token.c.title),
    activity.c.participant_id,
    activity.c.about,
    func.coalesce(_of_whom.c.name, _of_kiosk.c.name, _of_token.c.title),
)
_NAMED = (
    activity.outerjoin(staff, staff.c.id == activity.c.actor)
    .outerjoin(_at_kiosk, _at_kiosk.c.id == activity.c.actor)
    .outerjoin(_by_token, _by_token.c.id == activity.c.actor)
    .outerjoin(_of_whom, _of_whom.c.id == activity.c.about)
    .outerjoin(_of_kiosk, _of_kiosk.c.id == activity.c.about)
    .outerjoin(_of_token, _of_token.c.id == activity.c.about)
)


class Noted(NamedTuple):
    """What is to be noted: what was done, by whom, where, to which participant, and to what else, by their ids."""

    deed: Deed
    actor: str | None = None
    site: str | None = None
    participant: str | None = None
    about: str | None = None

    def id_in_the_hour(self, at: datetime) -> str:
        """Give the id of the one row that says this in an hour of the clock."""
        said = "\n".join(["activity", *(part or "" for part in self)])
        return id_of(said, int(at.timestamp() // HOUR.total_seconds()))


class Wanted(NamedTuple):
    """Which rows are asked for: those of a site (None: of nobody known), and what they are narrowed down to.

    `since` is the first moment, `before` the first one that is not wanted any more.
    """

    site: str | None
    actor: str | None = None
    deed: Deed | None = None
    participant: str | None = None
    since: str | None = None
    before: str | None = None


class Place(NamedTuple):
    """A place in the log, newest first: rows older than this one are wanted."""

    at: str
    id: str


class Entry(NamedTuple):
    """A row of the log, with the names of staff, kiosks and tokens in it: who did it, and whom else it was about."""

    at: str
    id: str
    deed: Deed
    actor: str | None
    actor_name: str | None
    participant: str | None
    about: str | None
    about_name: str | None


def is_noted(tx: Transaction, activity_id: str) -> bool:
    """Tell whether a row is there already."""
    return tx.row(THERE, {"of": activity_id}) is not None


def keep_activity(tx: Transaction, activity_id: str, at: datetime, noted: Noted) -> None:
    """Add a row."""
    tx.run(
        NOTE,
        {
            "id": activity_id,
            "at": written(at),
            "site_id": noted.site,
            "actor": noted.actor,
            "deed": str(noted.deed),
            "participant_id": noted.participant,
            "about": noted.about,
        },
    )


def sites_of(tx: Transaction, staff_id: str) -> list[str]:
    """Give the sites at which somebody has a role."""
    return [site for (site,) in tx.rows(SITES_OF, {"of": staff_id})]


def entries_of(tx: Transaction, wanted: Wanted, behind: Place | None, most: int) -> list[Entry]:
    """Give the newest rows of those wanted, or the newest behind a place; at most so many."""
    return [_entry(row) for row in tx.ask(newest(wanted, behind, most))]


def newest(wanted: Wanted, behind: Place | None, most: int) -> Select[Any]:
    """Give the query for the newest rows; an index gives them in their order, whatever they are narrowed down to."""
    query = select(*_COLUMNS).select_from(_NAMED)
    if wanted.participant:
        query = query.where(activity.c.participant_id == wanted.participant)
    query = query.where(activity.c.site_id == wanted.site if wanted.site else activity.c.site_id.is_(None))
    if wanted.actor:
        query = query.where(activity.c.actor == wanted.actor)
    if wanted.deed:
        query = query.where(activity.c.deed == str(wanted.deed))
    if wanted.since:
        query = query.where(activity.c.at >= wanted.since)
    if wanted.before:
        query = query.where(activity.c.at < wanted.before)
    if behind:
        query = query.where(tuple_(activity.c.at, activity.c.id) < tuple_(behind.at, behind.id))
    return query.order_by(activity.c.at.desc(), activity.c.id.desc()).limit(most)


def viewers_of(tx: Transaction, participant: str) -> list[Row]:
    """Tell who viewed a participant's record: id, name, first and last moment, and in how many hours; the latest first."""
    first, last = func.min(activity.c.at), func.max(activity.c.at)
    of_whom = activity.c.participant_id == participant
    looks = activity.c.deed == str(Deed.PERSON_VIEWED)
    name = func.coalesce(staff.c.name, tokens.c.title)
    looking = activity.outerjoin(staff, staff.c.id == activity.c.actor)
    return tx.ask(
        select(activity.c.actor, name, first, last, func.count())
        .select_from(looking.outerjoin(tokens, tokens.c.id == activity.c.actor))
        .where(of_whom, looks)
        .group_by(activity.c.actor, staff.c.name, tokens.c.title)
        .order_by(last.desc(), activity.c.actor)
    )


def _entry(row: Row) -> Entry:
    at, activity_id, deed, *others = row
    return Entry(at, activity_id, Deed(deed), *others)
