"""Access: who may do what, as one table. A role is held at a site; somebody may have several."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody of the staff is, at a site."""

    FRONT_DESK = "front-desk"
    CLINICIAN = "clinician"
    MANAGER = "manager"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What somebody may do."""

    SEE_NAMES = "see names"
    SEE_CODES = "see codes"
    SEE_PEOPLE = "see a person's record"
    SEE_DAY = "see the day"
    FIND_PEOPLE = "find people"
    RECORD = "record results and attendance"
    UNDO = "undo what one has just recorded"
    CORRECT = "correct what was recorded"
    EXCUSE = "excuse an absence"
    EXEMPT = "exempt a prescribed analyte"
    CONFIRM_DAY = "confirm the day's list"
    CLOSE_DAY = "mark a day as closed"
    ENROL = "enrol, discharge, readmit"
    ISSUE_CARDS = "issue cards and one-time codes"
    HAND_OVER = "choose and hand over prizes"
    STOCK = "restock and count the cabinet"
    ANSWER_REMARKS = "answer patients' remarks"
    SEE_FIGURES = "see how the program does"
    SEE_POLICIES = "see policies and their versions"
    DRAFT_POLICIES = "draft policies, and see what they would cost"
    PUBLISH_POLICIES = "publish versions of policies, or propose them"
    APPROVE_POLICIES = "approve what somebody else proposed"
    SIGN_AUDITS = "sign audits"
    SEE_TEAM = "see figures of each staff member"
    EXPORT = "export reports"
    TRACE_AWARDS = "follow an award"
    MANAGE_STAFF = "add people, give roles"
    MANAGE_PROGRAMS = "change sites and programs"
    MANAGE_KIOSKS = "register kiosks"
    MANAGE_TOKENS = "make and revoke tokens"
    SEE_ACTIVITY = "read the activity log"
    SEE_STATUS = "see how the installation does"


DESK = frozenset({Role.FRONT_DESK, Role.CLINICIAN})
PROGRAM = DESK | {Role.MANAGER}

ALLOWED: dict[Permission, frozenset[Role]] = {
    Permission.SEE_NAMES: DESK,
    Permission.SEE_CODES: PROGRAM,
    Permission.SEE_PEOPLE: PROGRAM,
    Permission.SEE_DAY: PROGRAM,
    Permission.FIND_PEOPLE: PROGRAM,
    Permission.RECORD: PROGRAM,
    Permission.UNDO: PROGRAM,
    Permission.CORRECT: frozenset({Role.CLINICIAN}),
    Permission.EXCUSE: PROGRAM,
    Permission.EXEMPT: frozenset({Role.CLINICIAN}),
    Permission.CONFIRM_DAY: PROGRAM,
    Permission.CLOSE_DAY: frozenset({Role.CLINICIAN, Role.MANAGER}),
    Permission.ENROL: PROGRAM,
    Permission.ISSUE_CARDS: PROGRAM,
    Permission.HAND_OVER: PROGRAM,
    Permission.STOCK: frozenset({Role.FRONT_DESK, Role.MANAGER}),
    Permission.ANSWER_REMARKS: PROGRAM,
    Permission.SEE_FIGURES: frozenset({Role.MANAGER, Role.AUDITOR}),
    Permission.SEE_POLICIES: frozenset({Role.CLINICIAN, Role.MANAGER, Role.ADMIN, Role.AUDITOR}),
    Permission.DRAFT_POLICIES: frozenset({Role.MANAGER}),
    Permission.PUBLISH_POLICIES: frozenset({Role.MANAGER}),
    Permission.APPROVE_POLICIES: frozenset({Role.MANAGER, Role.ADMIN}),
    Permission.SIGN_AUDITS: frozenset({Role.MANAGER}),
    Permission.SEE_TEAM: frozenset({Role.MANAGER}),
    Permission.EXPORT: frozenset({Role.MANAGER, Role.AUDITOR}),
    Permission.TRACE_AWARDS: frozenset({Role.MANAGER, Role.AUDITOR}),
    Permission.MANAGE_STAFF: frozenset({Role.ADMIN}),
    Permission.MANAGE_PROGRAMS: frozenset({Role.ADMIN}),
    Permission.MANAGE_KIOSKS: frozenset({Role.ADMIN}),
    Permission.MANAGE_TOKENS: frozenset({Role.ADMIN}),
    Permission.SEE_ACTIVITY: frozenset({Role.ADMIN, Role.AUDITOR}),
    Permission.SEE_STATUS: frozenset({Role.ADMIN}),
}


def allows(roles: frozenset[Role], permission: Permission) -> bool:
    """Tell whether any of some roles may do something."""
    return not ALLOWED[permission].isdisjoint(roles)


# What a token may be given of the table: what the calls of other programs ask for, or show.
SCOPES = (
    Permission.RECORD,
    Permission.CORRECT,
    Permission.EXEMPT,
    Permission.ENROL,
    Permission.FIND_PEOPLE,
    Permission.SEE_PEOPLE,
    Permission.SEE_CODES,
    Permission.SEE_NAMES,
    Permission.HAND_OVER,
)


def scope_of(permission: Permission) -> str:
    """Give the name of a permission as tokens bear it: `find-people`."""
    return permission.name.lower().replace("_", "-")


def permission_of(scope: str) -> Permission | None:
    """Give the permission that a token bears by a name; None where this version knows none such."""
    return next((permission for permission in SCOPES if scope_of(permission) == scope), None)
