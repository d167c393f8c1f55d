"""Pages: what every page of the kiosk needs to know."""

from typing import Any

from flask import g

from web.kiosk import words
from web.kiosk.rooms import kiosk
from web.languages import LANGUAGES, language


@kiosk.context_processor
def around() -> dict[str, Any]:
    """Give the language, and whether it is somebody's turn; on the page that pairs a tablet it is nobody's."""
    at = g.get("at_kiosk")
    return {
        "spoken": language(),
        "languages": LANGUAGES,
        "words": words,
        "is_paired": at is not None,
        "has_turn": at is not None and at.turn is not None,
        "is_signed_in": at is not None and at.participant is not None,
    }
