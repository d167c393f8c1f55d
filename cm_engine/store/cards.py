"""Cards: what lets a participant be found by the card they carry.

A card bears a random token and nothing else that is true of anybody. It is found by a keyed digest of the token, and printed
again from what is sealed; both are removed when the card ends, so that a lost card leads to nobody.
"""

import json
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update

from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import cards, participants
from cm_engine.vault import Vault, VaultError

ISSUE = Statement(insert(cards))
FOUND = Statement(
    select(cards.c.id, cards.c.participant_id)
    .join_from(cards, participants)
    .where(cards.c.found_by == bindparam("by"), participants.c.site_id == bindparam("site"))
)
LIVE = Statement(
    select(cards.c.id, cards.c.issued_at, cards.c.sealed).where(
        cards.c.participant_id == bindparam("of"), cards.c.ended_at.is_(None)
    )
)
END = Statement(
    update(cards)
    .where(cards.c.participant_id == bindparam("of"), cards.c.ended_at.is_(None))
    .values(ended_at=bindparam("at"), ended_by=bindparam("by"), found_by=None, sealed=None)
)
END_ALL = Statement(
    update(cards)
    .where(cards.c.ended_at.is_(None))
    .values(ended_at=bindparam("at"), ended_by=bindparam("by"), found_by=None, sealed=None)
)


class Card(NamedTuple):
    """The card that somebody carries, what its code says, and when it was issued."""

    id: str
    token: str
    issued_at: str


def keep_card(tx: Transaction, vault: Vault, participant: str, card: Card, issued_by: str) -> None:
    """Keep a card. What is sealed says whose it is, so that it opens for nobody else when rows were exchanged by hand."""
    row = {
        "id": card.id,
        "participant_id": participant,
        "found_by": vault.index(card.token),
        "sealed": vault.seal(json.dumps([card.id, participant, card.token])),
        "issued_at": card.issued_at,
        "issued_by": issued_by,
        "ended_at": None,
        "ended_by": None,
    }
    tx.run(ISSUE, row)


def end_cards(tx: Transaction, participant: str, ended_at: str, ended_by: str) -> int:
    """End the card of a participant; give how many there were: one, or none."""
    return tx.run(END, {"of": participant, "at": ended_at, "by": ended_by})


def end_all_cards(tx: Transaction, ended_at: str, ended_by: str) -> int:
    """End the cards of everybody, because the key that they are found by is lost; give how many there were."""
    return tx.run(END_ALL, {"at": ended_at, "by": ended_by})


def card_of(tx: Transaction, vault: Vault, participant: str) -> Card | None:
    """Give the card that somebody carries; None where they have none. Raises VaultError for one of somebody else."""
    row = tx.row(LIVE, {"of": participant})
    if row is None:
        return None
    card, issued_at, sealed = row
    of, whose, token = json.loads(vault.open(bytes(sealed)))
    if (of, whose) != (card, participant):
        raise VaultError(f"the card kept of participant {participant} was sealed for another one; restore a backup")
    return Card(card, token, issued_at)


def card_found(tx: Transaction, vault: Vault, site: str, token: str) -> tuple[str, str] | None:
    """Find the card with a token at a site; give its id, and whose it is."""
    row = tx.row(FOUND, {"by": vault.index(as_printed(token)), "site": site})
    return (row[0], row[1]) if row else None


def as_printed(token: str) -> str:
    """Give a token as the card says it, however a scanner typed it."""
    return "".join(token.split()).upper()
