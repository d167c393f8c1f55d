"""The trail of an award: from its event to the version that paid it, its entries, its draws, their slips, the prizes handed over.

Every step says who did it and when, by ids and the names of staff; nothing names the participant. What was earned first is
spent first: by that rule a draw or a prize belongs to an event (`cm_engine.origins`).
"""

from collections.abc import Sequence
from datetime import date

from cm_engine import ledger
from cm_engine.actions.look import reading_it
from cm_engine.actions.requests import Answer
from cm_engine.engine import Engine
from cm_engine.events import Result
from cm_engine.exchange.receipt_json import receipt_record
from cm_engine.explain import sentence, why
from cm_engine.facts import (
    DrawOpened,
    DrawResealed,
    EventRecorded,
    ParticipantFact,
    PrizeChosen,
    PrizeHandedOver,
    PrizesTraded,
    RedemptionCancelled,
    ResultCorrected,
    SlipDrawnByHand,
    SlipPicked,
)
from cm_engine.ledger import Entry
from cm_engine.money import MONEY, Unit
from cm_engine.origins import Origins
from cm_engine.replay import Line
from cm_engine.standing import RefusedError, Standing
from cm_engine.store.codec import word_of
from cm_engine.store.database import Transaction
from cm_engine.store.logged import Logged, facts_logged, payers_of, prizes_of
from cm_engine.store.published import Published

# The one whose trail it is, in accounts.
PARTICIPANT = "participant"


def trail(engine: Engine, participant: str, event: str) -> Answer:
    """Follow the award of an event: every step in the order in which it was recorded, and what is not spent of it yet.

    Raises RefusedError where the participant has no such event.
    """
    return reading_it(engine, lambda tx: _Trail(tx, engine.published(tx), participant, event).answer())


class _Trail:
    """A participant's history, walked once for the steps that bear on one event."""

    def __init__(self, tx: Transaction, published: Published, participant: str, event: str) -> None:
        self._published = published
        self._participant = participant
        self._event = event
        self._standing = Standing(participant, published.rulebook)
        self._origins = Origins(participant)
        self._payers = payers_of(tx, participant)
        self._prizes = prizes_of(tx, participant)
        self._history = facts_logged(tx, participant)

    def answer(self) -> Answer:
        recorded = self._recorded()
        steps = [step for logged in self._history for step in self._taken(logged)]
        return {
            "participant": self._participant,
            "event": self._event,
            "kind": recorded.kind,
            "session": recorded.session,
            "on": recorded.on.isoformat(),
            "program": self._program(recorded.on),
            "outcome": _outcome(self._standing.event(self._event).result),
            "steps": steps,
            "left": [self._left(*left) for left in self._origins.left(self._event)],
        }

    def _recorded(self) -> EventRecorded:
        for logged in self._history:
            if isinstance(logged.fact, EventRecorded) and logged.fact.id == self._event:
                return logged.fact
        raise RefusedError(f"this participant has no event {self._event}")

    def _taken(self, logged: Logged) -> list[Answer]:
        """Take a fact; give its step, where it bears on the event."""
        fact = logged.fact
        receipt = self._receipt(fact)
        posted = self._standing.take(fact)
        if self._event not in self._origins.take(fact, posted.entries):
            return []
        step = {
            "step": word_of(fact),
            "seq": logged.seq,
            "recorded_at": logged.recorded_at,
            "actor": logged.actor,
            "actor_name": logged.actor_name,
            "entries": [self._entry(entry) for entry in posted.entries],
        }
        return [step | self._details(fact, posted.lines) | receipt]

    def _receipt(self, fact: ParticipantFact) -> Answer:
        """Make the receipt of a draw whose slip is picked, as it was before that."""
        if not isinstance(fact, SlipPicked) or self._event not in self._origins.come_from(fact.draw):
            return {}
        secret = bytes.fromhex(fact.secret)
        return {"receipt": receipt_record(self._standing.receipt(fact.draw, fact.pick, secret, fact.on))}

    def _details(self, fact: ParticipantFact, lines: Sequence[Line]) -> Answer:
        """Give what a kind of fact says beside who, when and what was posted."""
        match fact:
            case EventRecorded() | ResultCorrected():
                return {
                    "on": fact.on.isoformat(),
                    "outcome": _outcome(fact.result),
                    "analytes": dict(fact.result.analytes),
                    "awards": [self._award(line) for line in lines],
                }
            case DrawOpened():
                version = self._version(fact.version)
                return {"draw": fact.id, "policy": fact.policy, "version": version, "sha256": fact.sha256}
            case DrawResealed():
                return {"draw": fact.draw, "sha256": fact.sha256}
            case SlipPicked():
                return {"draw": fact.draw}
            case SlipDrawnByHand():
                version = self._version(fact.version)
                return {"draw": fact.id, "policy": fact.policy, "version": version, "label": fact.label}
            case PrizeChosen():
                return {"redemption": fact.id, "prize": self._prizes.get(fact.prize, ""), **self._price(fact)}
            case PrizeHandedOver() | RedemptionCancelled():
                return {"redemption": fact.redemption}
            case PrizesTraded():
                return {"gave": fact.number, "of": fact.give, "got": fact.get, "more": MONEY.text(fact.more)}
        return {}

    def _award(self, line: Line) -> Answer:
        text = line.policy.pays.text
        return {
            "policy": line.policy.name,
            "title": line.policy.title,
            "version": self._version_of(line),
            "class": line.seen.seen_as,
            "unit": line.policy.pays.code,
            "amount": text(line.amount),
            "parts": [{"amount": text(part.amount), "why": why(part.reason)} for part in line.parts],
            "capped": text(line.capped),
            "why": sentence(line),
        }

    def _version_of(self, line: Line) -> Answer | None:
        """Give the version that paid: the one in force on the event's date, in the enrolment of that date."""
        recorded = self._standing.event(self._event)
        for enrolment in self._standing.enrolments.values():
            versions = enrolment.versions.get(line.policy.name, [])
            if versions and enrolment.first_day <= recorded.on <= enrolment.last_day:
                in_force = [version for day, version in versions if day <= recorded.on]
                return self._version((in_force or [versions[0][1]])[-1])
        return None

    def _version(self, version: str) -> Answer:
        found = self._published.versions[version]
        return {
            "id": version,
            "number": found.number,
            "from_day": None if found.from_day == date.min else found.from_day.isoformat(),
        }

    def _price(self, fact: PrizeChosen) -> Answer:
        """Tell what a prize took, and how much of that came from the event."""
        share = self._origins.share(fact.id, self._event)
        return {
            "size": fact.size,
            "unit": fact.unit,
            "amount": _written(fact.unit, fact.amount),
            "share": _written(fact.unit, share),
        }

    def _entry(self, entry: Entry) -> Answer:
        return {
            "from": self._account(entry.debit),
            "to": self._account(entry.credit),
            "unit": entry.unit,
            "amount": _written(entry.unit, entry.amount),
            "on": entry.on.isoformat(),
        }

    def _account(self, account: str) -> Answer:
        """Tell what an account is for, of which policy, size or prize, and whose it is: the participant's, a payer's, a prize's."""
        what, of, owner = ledger.parts(account)
        whose = self._payers.get(owner) or self._prizes.get(owner) or PARTICIPANT
        return {"what": what, "of": self._prizes.get(of, of), "whose": whose}

    def _left(self, account: str, unit: str, amount: int) -> Answer:
        return {**self._account(account), "unit": unit, "amount": _written(unit, amount)}

    def _program(self, on: date) -> str | None:
        """Give the program that the participant was in on a date; None for none."""
        enrolments = self._standing.enrolments.values()
        return next((one.place(on).program for one in enrolments if one.first_day <= on <= one.last_day), None)


def _outcome(result: Result) -> str:
    """Give an outcome; for a test that is told by its analytes alone, what they make it."""
    findings = [finding for _, finding in result.analytes]
    return result.outcome or ("positive" if "positive" in findings else "negative" if findings else "")


def _written(unit: str, amount: int) -> str:
    return str(amount) if unit in {ledger.SLIPS, ledger.PRIZES} else Unit(unit).text(amount)
