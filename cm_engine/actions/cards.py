"""Cards: issue the card that a participant carries, print it again, end it when it is lost, find somebody by it.

Everybody carries one card at most: a new one ends the one before. A card says nothing about its bearer but a random token.
"""

import base64

from cm_engine.actions.activity import note_in
from cm_engine.actions.requests import Answer, Doing, Request, answer_participant
from cm_engine.engine import Engine
from cm_engine.standing import RefusedError
from cm_engine.store.activity import Deed
from cm_engine.store.cards import Card, card_found, card_of, end_cards, keep_card
from cm_engine.store.chains import Participant

TOKEN_BYTES = 15  # which are 24 characters of base32, and nothing that fills up


def issue_card(engine: Engine, request: Request, participant: str) -> Answer:
    """Issue a card, and end the one before. The answer names the card, never its token: `printed_card` gives that.

    Raises RefusedError for somebody who was never enrolled, or was purged.
    """

    def act(doing: Doing, person: Participant) -> Answer:
        site = doing.program_of(person).site
        if person.standing.is_purged:
            raise RefusedError("this participant was purged; nobody carries a card any more")
        ended = end_cards(doing.tx, person.id, doing.recorded_at, request.actor)
        card = Card(doing.new_id(), _token(engine), doing.recorded_at)
        keep_card(doing.tx, engine.vault, person.id, card, request.actor)
        note_in(doing, Deed.CARD_MADE, site=site, participant=person.id)
        return {"participant": person.id, "card": card.id, "ended": ended}

    return answer_participant(engine, request, participant, ("issue card", {}), act)


def end_card(engine: Engine, request: Request, participant: str) -> Answer:
    """End the card of somebody who lost it: from now on it leads to nobody. Raises RefusedError where there is none."""

    def act(doing: Doing, person: Participant) -> Answer:
        if not end_cards(doing.tx, person.id, doing.recorded_at, request.actor):
            raise RefusedError("this participant carries no card; issue one")
        note_in(doing, Deed.CARD_ENDED, site=doing.program_of(person).site, participant=person.id)
        return {"participant": person.id, "ended": 1}

    return answer_participant(engine, request, participant, ("end card", {}), act)


def printed_card(engine: Engine, participant: str) -> Card | None:
    """Give the card that somebody carries, to print it again; None where they carry none."""
    with engine.database.reading() as tx:
        return card_of(tx, engine.vault, participant)


def find_by_card(engine: Engine, token: str, site: str) -> str | None:
    """Find the participant of a site who carries the card with a token; None where nobody does."""
    with engine.database.reading() as tx:
        found = card_found(tx, engine.vault, site, token)
    return found[1] if found else None


def _token(engine: Engine) -> str:
    return base64.b32encode(engine.dice.secret()[:TOKEN_BYTES]).decode("ascii")
