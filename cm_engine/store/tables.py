"""The tables, the same in SQLite and PostgreSQL.

Dates and moments are texts in ISO 8601 (moments in UTC, to the microsecond), so that they read and sort alike everywhere.
Ids are random texts. `APPEND_ONLY` names what is append-only, by triggers too. A *chain* is a participant or a program: whose
the facts are; it comes first in keys, so that the store could be divided by it. What bears on a person beyond a random id
lies in `people`, `notes`, `received`, `requests`, `pins`, `remarks`, `replies` and `draft_notes`, none of which is part of the chain, so
that it can be removed.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id(name: str = "id") -> Column[str]:
    return Column(name, Text, primary_key=True)


def _of(name: str, target: str, *, optional: bool = False) -> Column[str]:
    return Column(name, Text, ForeignKey(f"{target}.id"), nullable=optional)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


# What happened, a fact a row, in a chain of hashes for each participant and program.
log = Table(
    "log",
    metadata,
    Column("chain", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _text("fact"),
    Column("key", Text, nullable=True),
    _text("recorded_at"),
    _text("actor"),
    _text("body"),
    Column("digest", LargeBinary, nullable=False),
    Index("uq_log_key", "key", unique=True),
    Index("ix_log_recorded_at", "recorded_at", "chain", "seq"),
    sqlite_with_rowid=False,
)

# What the facts moved between accounts. Each entry belongs to the fact that posted it.
entries = Table(
    "entries",
    metadata,
    Column("chain", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    _text("debit"),
    _text("credit"),
    _text("unit"),
    Column("amount", BigInteger, CheckConstraint("amount > 0", name="above_zero"), nullable=False),
    _text("posted_on"),
    _text("event"),
    CheckConstraint("debit <> credit", name="two_sides"),
    sqlite_with_rowid=False,
)

# Where each chain stands: its latest fact, and what would otherwise be computed from all of them.
standings = Table(
    "standings",
    metadata,
    _id("chain"),
    Column("seq", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    _text("state"),
)

# What the database knows of itself: by which keys it was made.
settings = Table("settings", metadata, _id("name"), _text("value"))

sites = Table("sites", metadata, _id(), _text("name"), _text("timezone"), UniqueConstraint("name"))

staff = Table(
    "staff",
    metadata,
    _id(),
    _text("name"),
    Column("code_digest", LargeBinary, nullable=True),  # of the one-time code that lets them in first
    _text("made_at"),
    Column("code_until", Text, nullable=True),  # when that code is worth nothing any more
    Column("password", Text, nullable=True),  # its digest; none before the first sign-in
    Column("ended_at", Text, nullable=True),  # when somebody left: they cannot sign in any more
    UniqueConstraint("name"),
)

# What an app makes somebody's codes of, sealed, and the latest step of time whose code was used.
second_factors = Table(
    "second_factors",
    metadata,
    Column("staff_id", Text, ForeignKey("staff.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    _text("made_at"),
)

# Digests of recovery codes, and which of them were used.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("staff_id", Text, ForeignKey("staff.id"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("used_at", Text, nullable=True),
)

# Who is signed in, or on the way: each by the digest of what their browser holds.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    _of("staff_id", "staff"),
    _text("proof"),
    Column("factor_at", Text, nullable=True),  # when the second factor was shown
    _text("began_at"),
    _text("seen_at"),
    Column("arrived_at", Text, nullable=True),  # when all was shown that is asked for
    CheckConstraint("proof IN ('password', 'code')", name="known"),
    Index("ix_sessions_staff_id", "staff_id"),
)

# Tries to sign in that failed, by the index of the name that was typed, whether anybody has it or not.
tries = Table(
    "tries",
    metadata,
    Column("name_index", LargeBinary, primary_key=True),
    Column("failed", Integer, nullable=False),
    Column("locked_until", Text, nullable=True),
    _text("last_at"),
)

roles = Table(
    "roles",
    metadata,
    Column("staff_id", Text, ForeignKey("staff.id"), primary_key=True),
    Column("site_id", Text, ForeignKey("sites.id"), primary_key=True),
    Column("role", Text, primary_key=True),
    CheckConstraint("role IN ('front-desk', 'clinician', 'manager', 'admin', 'auditor')", name="known"),
)

programs = Table(
    "programs",
    metadata,
    _id(),
    _of("site_id", "sites"),
    _text("name"),
    UniqueConstraint("site_id", "name"),
)

# What a program is from a day on: the text of its program file.
program_terms = Table(
    "program_terms",
    metadata,
    _id(),
    _of("program_id", "programs"),
    _text("from_day"),
    _text("terms"),
)

payers = Table("payers", metadata, _id(), _of("site_id", "sites"), _text("name"), UniqueConstraint("site_id", "name"))

# Every version of every policy: the text of its policy file.
policy_versions = Table(
    "policy_versions",
    metadata,
    _id(),
    _of("program_id", "programs"),
    _text("policy"),
    Column("number", Integer, nullable=False),
    _text("from_day"),
    _text("terms"),
    UniqueConstraint("program_id", "policy", "number"),
)

# Drafts of policies: for which policy, made of which version if of any, which revision is shown, and when one was put away.
policy_drafts = Table(
    "policy_drafts",
    metadata,
    _id(),
    _of("program_id", "programs"),
    _text("policy"),
    _text("name"),
    _of("based_on", "policy_versions", optional=True),
    Column("shown", Integer, nullable=False),
    _text("made_at"),
    Column("ended_at", Text, nullable=True),
    Index("ix_policy_drafts_program_id", "program_id"),
)

# What a draft said, each time that it was saved, and behind which revision that was: undoing leads back to it.
draft_revisions = Table(
    "draft_revisions",
    metadata,
    Column("draft_id", Text, ForeignKey("policy_drafts.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("behind", Integer, nullable=False),
    _text("terms"),
    _text("actor"),
    _text("made_at"),
    sqlite_with_rowid=False,
)

# What was noted beside drafts, sealed.
draft_notes = Table(
    "draft_notes",
    metadata,
    Column("draft_id", Text, ForeignKey("policy_drafts.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

# Versions that were proposed: the policy file with what was known of it then, as a text that the log has the SHA-256 of.
policy_proposals = Table(
    "policy_proposals",
    metadata,
    _id(),
    _of("program_id", "programs"),
    _text("policy"),
    _text("content"),
    Index("ix_policy_proposals_program_id", "program_id"),
)

participants = Table(
    "participants",
    metadata,
    _id(),
    _of("site_id", "sites"),
    # None once the participant was purged. Codes sort by their letters' numbers everywhere, so that they are found by how they begin.
    Column("code", Text().with_variant(Text(collation="C"), "postgresql"), nullable=True),
    UniqueConstraint("site_id", "code"),
)

# Names and contacts, sealed.
people = Table(
    "people",
    metadata,
    Column("participant_id", Text, ForeignKey("participants.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

# Under which digests somebody is found by name: of each word of it, and of how the word begins.
name_index = Table(
    "name_index",
    metadata,
    Column("site_id", Text, ForeignKey("sites.id"), primary_key=True),
    Column("word", LargeBinary, primary_key=True),
    Column("participant_id", Text, ForeignKey("participants.id"), primary_key=True),
    Index("ix_name_index_participant_id", "participant_id"),
    sqlite_with_rowid=False,
)

# The cards that participants carry: found by a keyed digest of what the card says, and printed again from what is sealed. One
# that has ended says nothing any more.
cards = Table(
    "cards",
    metadata,
    _id(),
    _of("participant_id", "participants"),
    Column("found_by", LargeBinary, nullable=True),
    Column("sealed", LargeBinary, nullable=True),
    _text("issued_at"),
    _text("issued_by"),
    Column("ended_at", Text, nullable=True),
    Column("ended_by", Text, nullable=True),
    UniqueConstraint("found_by"),
    Index("ix_cards_participant_id", "participant_id"),
)

enrolments = Table(
    "enrolments",
    metadata,
    _id(),
    _of("participant_id", "participants"),
    _of("program_id", "programs"),
    _text("first_day"),
    Column("last_day", Text, nullable=True),
    Index("ix_enrolments_participant_id", "participant_id"),
    Index("ix_enrolments_program_id", "program_id"),
)

# The sender's id of each event or correction that came with one.
received = Table(
    "received",
    metadata,
    Column("site_id", Text, ForeignKey("sites.id"), primary_key=True),
    Column("sender_id", Text, primary_key=True),
    _text("chain"),
    Column("seq", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Reasons and notes, sealed: free text.
notes = Table(
    "notes",
    metadata,
    Column("chain", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# The bytes of open draws, sealed; gone once the slip is picked and the log has them.
seals = Table(
    "seals",
    metadata,
    _id("draw_id"),
    _text("chain"),
    Column("sealed", LargeBinary, nullable=False),
)

# Requests that were answered: the same key with the same content gets the first answer again.
requests = Table(
    "requests",
    metadata,
    _id("key"),
    _text("chain"),
    Column("content", LargeBinary, nullable=False),  # its SHA-256
    _text("answer"),
    _text("made_at"),
    sqlite_with_rowid=False,
)

prizes = Table(
    "prizes",
    metadata,
    _id(),
    _of("program_id", "programs"),
    _text("name"),
    UniqueConstraint("program_id", "name"),
)

# How many of each prize are in the cabinet.
stock = Table(
    "stock",
    metadata,
    Column("prize_id", Text, ForeignKey("prizes.id"), primary_key=True),
    Column("on_hand", BigInteger, CheckConstraint("on_hand >= 0", name="not_below_zero"), nullable=False),
)

# Prizes that were chosen and wait to be handed over; gone once they are handed over or cancelled.
reservations = Table(
    "reservations",
    metadata,
    _id("redemption_id"),
    _of("program_id", "programs"),
    _of("participant_id", "participants"),
    _of("prize_id", "prizes"),
    _text("chosen_at"),
    Index("ix_reservations_program_id_chosen_at", "program_id", "chosen_at"),
    Index("ix_reservations_participant_id", "participant_id"),
)

# Prizes that somebody handed over at a one-person site who had also recorded a result of that participant on that day.
lone_handovers = Table(
    "lone_handovers",
    metadata,
    _id("redemption_id"),
    _of("program_id", "programs"),
    _of("participant_id", "participants"),
    _of("prize_id", "prizes"),
    _text("on_day"),
    _text("actor"),
    _text("made_at"),
    Index("ix_lone_handovers_program_id_on_day", "program_id", "on_day"),
)

# What prizes look like; another picture has another id, so that a browser may keep one for good.
pictures = Table(
    "pictures",
    metadata,
    Column("prize_id", Text, ForeignKey("prizes.id"), primary_key=True),
    _text("id"),
    _text("media_type"),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("id"),
)

# Visits that are expected, fixed when the week is planned.
expected = Table(
    "expected",
    metadata,
    Column("program_id", Text, ForeignKey("programs.id"), primary_key=True),
    Column("on_day", Text, primary_key=True),
    Column("enrolment_id", Text, ForeignKey("enrolments.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("session", Text, primary_key=True),
    Column("at_time", Text, primary_key=True),
    Index("ix_expected_enrolment_id", "enrolment_id"),
)

# Which weeks of an enrolment are planned, by the program that they are of and the day on which each begins.
planned = Table(
    "planned",
    metadata,
    Column("enrolment_id", Text, ForeignKey("enrolments.id"), primary_key=True),
    Column("program_id", Text, ForeignKey("programs.id"), primary_key=True),
    Column("begins", Text, primary_key=True),
)

# What became of a program's days: closed, or its list confirmed or closed out.
days = Table(
    "days",
    metadata,
    Column("program_id", Text, ForeignKey("programs.id"), primary_key=True),
    Column("on_day", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    _text("actor"),
    _text("made_at"),
    CheckConstraint("state IN ('closed', 'confirmed', 'closed-out')", name="known"),
)

# Days on which somebody signed in at a site.
presence = Table(
    "presence",
    metadata,
    Column("site_id", Text, ForeignKey("sites.id"), primary_key=True),
    Column("on_day", Text, primary_key=True),
)

# The digest over all chains at the end of each day.
heads = Table(
    "heads",
    metadata,
    _id("on_day"),
    _text("made_at"),
    Column("chains", Integer, nullable=False),
    Column("facts", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

# Who may run jobs now, and until when.
leases = Table("leases", metadata, _id("name"), _text("holder"), _text("until"), _text("beat_at"))

# What jobs did: one row for each time that a job was due.
job_runs = Table(
    "job_runs",
    metadata,
    Column("job", Text, primary_key=True),
    Column("due", Text, primary_key=True),
    _text("ended_at"),
    _text("outcome"),
    Column("failed", Integer, nullable=False),
)

# Sums for reports, by program, measure and day.
rollups = Table(
    "rollups",
    metadata,
    Column("program_id", Text, ForeignKey("programs.id"), primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("on_day", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What staff did, by program, day and who.
rollups_by_actor = Table(
    "rollups_by_actor",
    metadata,
    Column("program_id", Text, ForeignKey("programs.id"), primary_key=True),
    Column("on_day", Text, primary_key=True),
    Column("actor", Text, primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Enrolments by the day on which they began, and a number: a program week, or the length of a run.
rollups_by_start = Table(
    "rollups_by_start",
    metadata,
    Column("program_id", Text, ForeignKey("programs.id"), primary_key=True),
    Column("first_day", Text, primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("amount", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Who is under which version, and near which cap, from a day until another.
rollups_by_person = Table(
    "rollups_by_person",
    metadata,
    Column("program_id", Text, ForeignKey("programs.id"), primary_key=True),
    Column("what", Text, primary_key=True),
    Column("participant_id", Text, ForeignKey("participants.id"), primary_key=True),
    Column("from_day", Text, primary_key=True),
    _text("until"),
    Index("ix_rollups_by_person_participant_id", "participant_id"),
    sqlite_with_rowid=False,
)

# Up to which fact each chain is in the rollups.
rollup_chains = Table(
    "rollup_chains",
    metadata,
    _id("chain"),
    Column("seq", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# As of when the rollups are, in which form, and how many facts are in them; one row.
rollup_made = Table(
    "rollup_made",
    metadata,
    _id("as_of"),
    Column("form", Integer, nullable=False),
    Column("facts", BigInteger, nullable=False),
)

# Audits that were signed: what was found, as a text that the log has the SHA-256 of.
audits = Table(
    "audits",
    metadata,
    _id(),
    _of("program_id", "programs"),
    _text("kind"),
    _text("period"),
    Column("number", Integer, nullable=False),
    _text("found"),
    CheckConstraint("kind IN ('slips', 'purchases')", name="known"),
    UniqueConstraint("program_id", "kind", "period", "number"),
)

# Who did or saw what, by ids and words alone: views of a person's record, sign-ins, changes to people, prints, exports.
activity = Table(
    "activity",
    metadata,
    _id(),
    _text("at"),
    Column("site_id", Text, ForeignKey("sites.id"), nullable=True),  # none where nobody known tried to sign in
    Column("actor", Text, nullable=True),
    _text("deed"),
    Column("participant_id", Text, ForeignKey("participants.id"), nullable=True),
    Column("about", Text, nullable=True),  # the id of what else it was done to: staff, kiosk, event, program
    Index("ix_activity_site_id_at", "site_id", "at", "id"),
    Index("ix_activity_site_id_actor_at", "site_id", "actor", "at", "id"),
    Index("ix_activity_site_id_deed_at", "site_id", "deed", "at", "id"),
    Index("ix_activity_participant_id_at", "participant_id", "at", "id"),
)

# Tablets that stand at a site for participants. A token's digest is of what the tablet's cookie holds; a code pairs it, once.
kiosks = Table(
    "kiosks",
    metadata,
    _id(),
    _of("site_id", "sites"),
    _text("name"),
    Column("code_digest", LargeBinary, nullable=True),
    Column("code_until", Text, nullable=True),
    Column("token_digest", LargeBinary, nullable=True),
    Column("failures", Integer, nullable=False),
    Column("locked_at", Text, nullable=True),
    _text("registered_at"),
    Column("ended_at", Text, nullable=True),
    Index("uq_kiosks_code_digest", "code_digest", unique=True),
    Index("uq_kiosks_token_digest", "token_digest", unique=True),
    Index("ix_kiosks_site_id", "site_id"),
)

# By what other programs come in: each token is found by the digest of what it says, and may do some things at some sites.
tokens = Table(
    "tokens",
    metadata,
    _id(),
    _text("title"),
    Column("digest", LargeBinary, nullable=False),
    _text("made_at"),
    _text("made_by"),
    _text("expires_at"),
    Column("used_at", Text, nullable=True),  # to the minute
    Column("revoked_at", Text, nullable=True),
    Column("revoked_by", Text, nullable=True),
    UniqueConstraint("digest"),
)

token_sites = Table(
    "token_sites",
    metadata,
    Column("token_id", Text, ForeignKey("tokens.id"), primary_key=True),
    Column("site_id", Text, ForeignKey("sites.id"), primary_key=True),
    Index("ix_token_sites_site_id", "site_id"),
)

# What a token may do, by the names of permissions.
token_scopes = Table(
    "token_scopes",
    metadata,
    Column("token_id", Text, ForeignKey("tokens.id"), primary_key=True),
    Column("scope", Text, primary_key=True),
)

# Whose turn it is at a kiosk: nobody whose code is known, where `participant_id` is empty; signed in once the PIN was right.
turns = Table(
    "turns",
    metadata,
    Column("kiosk_id", Text, ForeignKey("kiosks.id"), primary_key=True),
    _of("participant_id", "participants", optional=True),
    Column("signed_in_at", Text, nullable=True),
    _text("seen_at"),
)

# What lets a participant in at a kiosk: slow hashes of their PIN, and of the one-time code by which they choose one.
pins = Table(
    "pins",
    metadata,
    Column("participant_id", Text, ForeignKey("participants.id"), primary_key=True),
    Column("pin_hash", Text, nullable=True),
    Column("set_at", Text, nullable=True),
    Column("code_hash", Text, nullable=True),
    Column("code_until", Text, nullable=True),
    Column("failures", Integer, nullable=False),
    Column("locked_at", Text, nullable=True),
)

# Who of the staff gave a participant a way in: a one-time code, or a lock taken off.
pin_resets = Table(
    "pin_resets",
    metadata,
    _id(),
    _of("participant_id", "participants"),
    _text("what"),
    _text("actor"),
    _text("made_at"),
    CheckConstraint("what IN ('code', 'unlock')", name="known"),
    Index("ix_pin_resets_participant_id_made_at", "participant_id", "made_at"),
)

# What participants wrote to staff, sealed; `about` is the event, draw or redemption that it is about, or empty.
remarks = Table(
    "remarks",
    metadata,
    _id(),
    _of("participant_id", "participants"),
    _text("about"),
    Column("sealed", LargeBinary, nullable=False),
    _text("made_at"),
    Index("ix_remarks_participant_id", "participant_id"),
)

# What staff replied, sealed; it goes where the remark goes.
replies = Table(
    "replies",
    metadata,
    Column("remark_id", Text, ForeignKey("remarks.id", ondelete="CASCADE"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    _text("actor"),
    _text("made_at"),
)

# What is written once and never changed or deleted; triggers refuse it.
APPEND_ONLY = (
    log,
    entries,
    program_terms,
    policy_versions,
    policy_proposals,
    heads,
    activity,
    lone_handovers,
    pin_resets,
    audits,
)
