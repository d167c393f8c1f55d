"""Words: what roles, deeds and the steps of a trail are called on a page."""

from collections.abc import Mapping

from cm_engine.store.activity import Deed
from web.access import Role

ROLES: Mapping[Role, tuple[str, str]] = {
    Role.FRONT_DESK: ("Front desk", "Records results and attendance, enrols, hands prizes over. Sees names."),
    Role.CLINICIAN: ("Clinician", "As the front desk, and corrects results. Sees names."),
    Role.MANAGER: ("Manager", "Runs the program: figures, policies, stock, audits. Sees codes. Needs a second factor."),
    Role.ADMIN: ("Admin", "People, programs, kiosks, the activity log. Needs a second factor."),
    Role.AUDITOR: ("Auditor", "Reads, de-identified: figures, awards step by step, the activity log."),
}

DEEDS: Mapping[Deed, str] = {
    Deed.PERSON_VIEWED: "viewed a record",
    Deed.TRAIL_VIEWED: "followed an award",
    Deed.FILE_EXPORTED: "exported a file",
    Deed.SIGNED_IN: "signed in",
    Deed.SIGNED_OUT: "signed out",
    Deed.SIGNED_OUT_EVERYWHERE: "signed out everywhere",
    Deed.SIGN_IN_FAILED: "failed to sign in",
    Deed.LOCKED_OUT: "was locked out for a while",
    Deed.PASSWORD_SET: "set a password",
    Deed.FACTOR_SET: "set a second factor",
    Deed.FACTOR_REMOVED: "removed a second factor",
    Deed.RECOVERY_CODES_MADE: "made recovery codes",
    Deed.RECOVERY_CODE_USED: "used a recovery code",
    Deed.STAFF_ADDED: "added somebody to the staff",
    Deed.STAFF_RENAMED: "changed somebody's name",
    Deed.ROLE_GIVEN: "gave a role",
    Deed.ROLE_TAKEN: "took a role",
    Deed.ACCESS_RESET: "reset somebody's sign-in",
    Deed.ACCESS_ENDED: "ended somebody's access",
    Deed.ACCESS_GIVEN_BACK: "gave access back",
    Deed.LOCK_LIFTED: "lifted a lock",
    Deed.PROGRAM_BEGUN: "began a program",
    Deed.PROGRAM_SET: "changed a program",
    Deed.POLICY_PROPOSED: "proposed a version of a policy",
    Deed.POLICY_APPROVED: "approved a version of a policy",
    Deed.POLICY_DECLINED: "declined a version of a policy",
    Deed.PROPOSAL_WITHDRAWN: "withdrew a version of a policy",
    Deed.POLICY_PUBLISHED: "published a version of a policy",
    Deed.KIOSK_REGISTERED: "registered a kiosk",
    Deed.KIOSK_ENDED: "ended a kiosk",
    Deed.KIOSK_LOCKED: "locked a kiosk",
    Deed.KIOSK_UNLOCKED: "unlocked a kiosk",
    Deed.KIOSK_ENTERED: "let somebody in at a kiosk",
    Deed.KIOSK_LEFT: "signed somebody out at a kiosk",
    Deed.TOKEN_MADE: "made a token",
    Deed.TOKEN_REVOKED: "revoked a token",
    Deed.CARD_MADE: "made a card",
    Deed.CARD_ENDED: "ended a card",
    Deed.CARD_LOCKED: "locked a card",
    Deed.CARD_UNLOCKED: "unlocked a card",
    Deed.PIN_CODE_GIVEN: "gave a one-time code for a PIN",
    Deed.PIN_SET: "took a new PIN",
    Deed.PIN_RESET: "reset a PIN",
    Deed.PIN_FAILED: "refused a wrong PIN",
    Deed.CARD_PRINTED: "opened a card to print it",
    Deed.SHEET_PRINTED: "opened a day sheet to print it",
    Deed.DUTIES_NOT_SEPARATED: "handed over without separated duties",
}

# Whoever did something and is nobody of the staff.
SYSTEM = "The engine itself"
NOBODY = "Somebody unknown"

STEPS: Mapping[str, str] = {
    "event-recorded": "Recorded",
    "result-corrected": "Corrected",
    "draw-opened": "Draw opened",
    "draw-resealed": "Draw sealed anew",
    "slip-picked": "Slip picked",
    "slip-drawn-by-hand": "Slip drawn from a real bowl",
    "prizes-traded": "Prizes traded up",
    "prize-chosen": "Prize chosen",
    "prize-handed-over": "Prize handed over",
    "redemption-cancelled": "Redemption cancelled",
}

# What an account is for, as the books name it.
ACCOUNTS: Mapping[str, str] = {
    "fund": "paid by",
    "held": "what is unspent",
    "opened": "opened draws",
    "used": "used draws",
    "won": "won prizes",
    "reserved": "reserved prizes",
    "handed-over": "prizes handed over",
    "redeemed": "redeemed",
    "uncollected": "uncollected",
    "stock": "the cabinet",
}


def who(actor: str | None, name: str | None) -> str:
    """Say who did something: by name, the engine itself, or nobody known."""
    if name:
        return name
    return SYSTEM if actor else NOBODY
