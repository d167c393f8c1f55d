"""Signed: which consents somebody gave, in whose words, and which one is in force. Reads, and writes nothing."""

from sqlalchemy import bindparam, select

from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import SYSTEM, Answer, Doing, Request
from cm_engine.engine import Engine
from cm_engine.standing import Consent
from cm_engine.store.chains import standing_of
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.notes import note_of
from cm_engine.store.tables import log

SEQ = Statement(select(log.c.seq).where(log.c.key == bindparam("of")))


def consents_of(engine: Engine, participant: str) -> Answer:
    """Tell which consents somebody gave, the latest first, in whose words, and which one is in force today."""

    def read(tx: Transaction) -> Answer:
        doing = Doing(engine, tx, Request("", SYSTEM))
        standing = standing_of(tx, participant, doing.published.rulebook)
        today = doing.today(doing.program_in(standing).zone)
        told = [_told(doing, participant, key, consent) for key, consent in reversed(standing.consents.items())]
        return {"participant": participant, "in_force": standing.consent_on(today), "consents": told}

    return reading_it(engine, read)


def _told(doing: Doing, participant: str, consent_id: str, consent: Consent) -> Answer:
    row = doing.tx.row(SEQ, {"of": consent_id})
    purpose, words = note_of(doing.tx, doing.engine.vault, participant, row[0]) if row else ("", "")
    scope, _, recipient = words.partition("\n")
    return {
        "consent": consent_id,
        "given_on": consent.given_on.isoformat(),
        "last_day": None if consent.is_with_treatment else consent.last_day.isoformat(),
        "revoked_on": consent.revoked_on and consent.revoked_on.isoformat(),
        "scope": scope,
        "recipient": recipient,
        "purpose": purpose,
    }
