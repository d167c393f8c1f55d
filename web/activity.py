"""Activity: what the doors and views tell the activity log, with who is asking."""

from flask_login import current_user

from cm_engine.actions.activity import note
from cm_engine.store.activity import Deed
from web.at_hand import engine


def note_view(participant: str, site: str, actor: str = "") -> None:
    """Note that somebody looked at a person's record, once an hour; `actor` where that is not whoever is signed in."""
    note(engine(), Deed.PERSON_VIEWED, actor or current_user.id, site=site, participant=participant)


def note_deed(deed: Deed, site: str | None = None, *, participant: str | None = None, about: str | None = None) -> None:
    """Note what whoever is asking did at a site; at every site of theirs, where none is named."""
    note(engine(), deed, current_user.id, site=site, participant=participant, about=about)
