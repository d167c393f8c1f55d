"""Standing: where one participant stands, by all that is in the log of them.

Each fact is taken in turn: what it earns or takes back under every policy in force, what it moves between accounts, and
whether it may happen at all. Recording, re-computing in an audit, and the kiosk's answers are this one fold. It can be
kept after any fact, and recalled without the history for whatever only adds to it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from cm_engine import ledger
from cm_engine.awards import Corrected
from cm_engine.bowl import Bowl
from cm_engine.caps import Cap, HistoryNeededError, Limit, Span, Spent, Verdict, When, allow
from cm_engine.drawing import Receipt, receipt_of
from cm_engine.errors import CmError, quoted
from cm_engine.events import KINDS, VOID, Event, Kind
from cm_engine.facts import (
    ConsentGiven,
    ConsentRevoked,
    Discharged,
    DrawOpened,
    DrawResealed,
    Enrolled,
    EventRecorded,
    ExemptionEnded,
    ExemptionGiven,
    Moved,
    ParticipantFact,
    PrizeChosen,
    PrizeHandedOver,
    PrizesTraded,
    Purged,
    RedemptionCancelled,
    ResultCorrected,
    SlipDrawnByHand,
    SlipPicked,
    VersionTaken,
)
from cm_engine.ledger import Entry
from cm_engine.money import MONEY, Unit
from cm_engine.policies.contract import Policy
from cm_engine.replay import Account, Line, Term
from cm_engine.rulebook import Payer, Rulebook
from cm_engine.settlement import Books, collected

ONE_DAY = timedelta(days=1)
YEARLY = Span("calendar-year")
EVERYTHING = ""

# The form in which a standing is kept; another number makes it anew from the history.
FORMAT = 1


class RefusedError(CmError):
    """What was asked for may not happen; the message says why, and what would be right."""


class TooLittleError(RefusedError):
    """A prize, or a trade, that takes more than there is."""


class OverCapsError(RefusedError):
    """A trade for more than the payers' caps leave."""


class Posted(NamedTuple):
    """What a fact posted, and what it did under each policy."""

    entries: Sequence[Entry] = ()
    lines: Sequence[Line] = ()


class Place(NamedTuple):
    """The program that an enrolment is in from a day on, and the payer who gives what is paid."""

    from_day: date
    program: str
    payer: str


class Left(NamedTuple):
    """What a cap leaves in its period, in its unit's smallest step; `source` is a payer or a policy."""

    source: str
    cap: Cap
    left: int
    unit: Unit


class Opened(NamedTuple):
    """A draw that was opened: of which policy, with whose bowl, and the SHA-256 of its sealed bytes."""

    policy: str
    version: str
    sha256: str


class Reserved(NamedTuple):
    """A prize that was chosen, and what was given for it: from which account, of which unit."""

    prize: str
    account: str
    unit: str
    amount: int


class Exemption(NamedTuple):
    """An analyte whose positive findings a prescription explains, from a day to another."""

    analyte: str
    from_day: date
    to_day: date

    def covers(self, analyte: str, on: date) -> bool:
        """Tell whether a finding of a date is explained."""
        return self.analyte == analyte and self.from_day <= on <= self.to_day


class Consent(NamedTuple):
    """A written consent: when it was given, until when it lasts, and on which day it was taken back, if it was."""

    given_on: date
    last_day: date = date.max
    revoked_on: date | None = None

    @property
    def is_with_treatment(self) -> bool:
        """Tell whether it lasts as long as treatment does."""
        return self.last_day == date.max

    def holds(self, on: date) -> bool:
        """Tell whether it was given by a date, and is neither over nor taken back."""
        return self.given_on <= on <= self.last_day and (self.revoked_on is None or on < self.revoked_on)


@dataclass
class Enrolment:
    """Somebody's time in a program: where, from when to when, and an account for each policy by its name."""

    places: list[Place]
    first_day: date
    last_day: date = date.max
    accounts: dict[str, Account] = field(default_factory=dict)
    versions: dict[str, list[tuple[date, str]]] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Tell whether no last day is set."""
        return self.last_day == date.max

    def place(self, on: date) -> Place:
        """Give the program and payer of a date."""
        latest = self.places[-1]
        if latest.from_day <= on:
            return latest
        return next((place for place in reversed(self.places) if place.from_day <= on), self.places[0])

    def is_in(self, program: str, on: date) -> bool:
        """Tell whether the enrolment lasts on a date, and is in a program then."""
        return self.first_day <= on <= self.last_day and self.place(on).program == program

    def week(self, on: date) -> int:
        """Tell the program week of a date."""
        return (on - self.first_day).days // 7 + 1


class Standing:
    """Where one participant stands."""

    def __init__(self, participant: str, rulebook: Rulebook) -> None:
        self.participant = participant
        self._rulebook = rulebook
        self.enrolments: dict[str, Enrolment] = {}
        self.purse: dict[tuple[str, str], int] = {}
        self.draws: dict[str, Opened] = {}
        self.reserved: dict[str, Reserved] = {}
        self.exemptions: dict[str, Exemption] = {}
        self.consents: dict[str, Consent] = {}
        self.is_purged = False
        self._spent: dict[str, Spent] = {}
        self._events: dict[str, EventRecorded] | None = {}
        self._corrected_at: dict[str, datetime] = {}
        self._posting: list[Entry] = []
        self._mark = f"@{participant}"
        self._held_names: dict[str, str] = {}
        self._by_kind: dict[Kind, list[tuple[Enrolment, Account]]] = {kind: [] for kind in KINDS}
        self._known_limits: dict[tuple[str, str], tuple[Policy[Any], tuple[Payer, ...], tuple[Limit, ...]]] = {}

    def take(self, fact: ParticipantFact) -> Posted:
        """Take the next fact.

        Raises RefusedError where it may not happen, HistoryNeededError where this was recalled without its history and
        the fact is more than an addition. After an error nothing here is to be used any more.
        """
        if self.is_purged:
            raise RefusedError("this participant was purged; nothing more can be recorded")
        self._posting = []
        lines = _TAKING[type(fact)](self, fact)
        return Posted(self._posting, lines or ())

    # --- what people ask -------------------------------------------------------------------------------------------

    def has(self, what: str, unit: str, of: str = "") -> int:
        """Tell the balance of one of the participant's accounts."""
        return self.purse.get((ledger.account(what, self.participant, of), unit), 0)

    def undrawn(self, policy: str) -> int:
        """Tell how many draws of a policy are earned whose slip is not picked."""
        opened = sum(draw.policy == policy for draw in self.draws.values())
        return self.has(ledger.HELD, ledger.DRAWS, policy) + opened

    def accounts(self) -> Iterator[tuple[str, Enrolment, Account]]:
        """Give every account, with its enrolment and that one's id."""
        for enrolment_id, enrolment in self.enrolments.items():
            for account in enrolment.accounts.values():
                yield enrolment_id, enrolment, account

    def account(self, policy: str) -> Account:
        """Give the latest account under a policy. Raises RefusedError where there never was one."""
        return self._under(policy)[1].accounts[policy]

    def version(self, policy: str, on: date) -> str:
        """Give the id of the version that is in force on a date in the latest account under a policy."""
        versions = self._under(policy)[1].versions[policy]
        return next((version for day, version in reversed(versions) if day <= on), versions[0][1])

    def bowl(self, version: str) -> Bowl:
        """Give the bowl of a version of a policy. Raises RefusedError where it has none."""
        policy = self._rulebook.policy(version)
        if policy.bowl is None:
            raise RefusedError(f"the policy {policy.name} has no bowl to draw from")
        return policy.bowl

    def receipt(self, draw: str, pick: int, secret: bytes, on: date) -> Receipt:
        """Make the receipt that an open draw has after a pick on a date."""
        opened = self._opened(draw)
        bowl = self.bowl(opened.version)
        full = receipt_of(draw, secret, bowl, pick)
        return receipt_of(draw, secret, bowl, pick, self.prize_limit(opened.policy, full.value, on).allowed)

    def prize_limit(self, policy: str, amount: int, on: date) -> Verdict:
        """Tell what the payers' caps leave of a prize of a value in cents that a policy's draw gives on a date."""
        enrolment_id, enrolment = self._under(policy)
        return self._prize_limit(enrolment_id, enrolment, amount, on)

    def left(self, on: date) -> list[Left]:
        """Tell what every cap leaves on a date: the policies' own, then the payers'."""
        told: list[Left] = []
        for enrolment_id, enrolment in self._in_force(on):
            when = When(on, enrolment.week(on), enrolment_id)
            for account in enrolment.accounts.values():
                policy = account.term.policy(on)
                if policy.caps and account.term.holds(on):
                    told += _left(self._own_limit(policy), policy.name, policy.cap_unit, when)
            for limit in self._prize_limits(enrolment, on):
                told += _left(limit, limit.source, MONEY, when)
        return told

    def draw_on_average(self, policy: str, number: int, on: date) -> None:
        """Use draws that nobody made, as a what-if does: the caps count what the bowl gives on average of what they leave."""
        if not number:
            return
        enrolment_id, enrolment = self._under(policy)
        bowl = self.bowl(self.version(policy, on))
        held, used = ledger.account(ledger.HELD, self.participant, policy), self._own(ledger.USED)
        self._move(held, used, ledger.DRAWS, number, on)
        for _ in range(number):
            self._spend(enrolment_id, enrolment, self._average(bowl, enrolment_id, enrolment, on), on)

    def _average(self, bowl: Bowl, enrolment_id: str, enrolment: Enrolment, on: date) -> int:
        """Tell what a draw gives on average under the payers' caps, to the cent."""
        won = sum(s.count * self._prize_limit(enrolment_id, enrolment, s.value, on).allowed for s in bowl.slips)
        return round(Fraction(won, bowl.size))

    def _in_force(self, on: date) -> list[tuple[str, Enrolment]]:
        """Give the enrolments that hold a date, or else the latest: who was discharged may still draw, under its caps."""
        held = [(key, one) for key, one in self.enrolments.items() if one.first_day <= on <= one.last_day]
        return held or list(self.enrolments.items())[-1:]

    def paid_in(self, year: int) -> int:
        """Tell what was paid in a calendar year, in cents: money, points by their worth, prizes by their value."""
        return self._count(EVERYTHING, {YEARLY}).during(YEARLY, When(date(year, 1, 1), 0))

    def is_exempt(self, analyte: str, on: date) -> bool:
        """Tell whether a clinician's exemption covers an analyte on a date."""
        return any(exemption.covers(analyte, on) for exemption in self.exemptions.values())

    def event(self, event_id: str) -> Event:
        """Give an event as it stands. Raises HistoryNeededError without the history, RefusedError where there is none."""
        if self._events is None:
            raise HistoryNeededError
        if event_id not in self._events:
            raise RefusedError(f"this participant has no event {event_id}")
        return self._event(self._events[event_id])

    def events(self) -> list[Event]:
        """Give all events as they stand, in the order of their recording. Raises HistoryNeededError without the history."""
        if self._events is None:
            raise HistoryNeededError
        return [self._event(fact) for fact in self._events.values()]

    def consent_on(self, on: date) -> str | None:
        """Give the id of the consent that is in force on a date, the latest of several; None where there is none.

        One without a last day ends with the enrolment that it was given for.
        """
        ended = [enrolment.last_day for enrolment in self.enrolments.values() if enrolment.last_day < on]
        for consent_id, consent in reversed(self.consents.items()):
            if consent.is_with_treatment and any(consent.given_on <= day for day in ended):
                continue
            if consent.holds(on):
                return consent_id
        return None

    @property
    def has_history(self) -> bool:
        """Tell whether this was made from all facts, and not recalled."""
        return self._events is not None

    # --- taking facts ----------------------------------------------------------------------------------------------

    def _enrolled(self, fact: Enrolled) -> None:
        for enrolment in self.enrolments.values():
            if enrolment.last_day >= fact.first_day:
                until = "is still open" if enrolment.is_open else f"lasts until {enrolment.last_day}"
                raise RefusedError(f"an enrolment from {enrolment.first_day} {until}; discharge first, or begin later")
        _refuse_twice(fact.policies)
        place = Place(fact.first_day, fact.program, fact.payer)
        self.enrolments[fact.id] = Enrolment([place], fact.first_day)
        for name, version in fact.policies:
            self._open(fact.id, name, [(fact.first_day, version)], fact.first_day)

    def _discharged(self, fact: Discharged) -> None:
        latest_id, enrolment = self._latest_enrolment()
        if fact.enrolment != latest_id:
            self._enrolment(fact.enrolment)
        if fact.last_day < enrolment.first_day:
            raise RefusedError(f"the enrolment begins on {enrolment.first_day}; its last day cannot be before that")
        self._refuse_before_events(enrolment, fact.last_day, "the last day")
        earlier, enrolment.last_day = enrolment.last_day, fact.last_day
        for account in enrolment.accounts.values():
            term = account.term
            if term.closes >= min(earlier, fact.last_day):
                account.change(term._replace(closes=fact.last_day))

    def _moved(self, fact: Moved) -> None:
        enrolment = self._enrolment(fact.enrolment)
        place = enrolment.places[-1]
        _refuse_twice(fact.policies)
        if fact.program == place.program:
            raise RefusedError("this participant is in that program already")
        if fact.on <= place.from_day:
            raise RefusedError(f"the present program began on {place.from_day}; step over on a later day")
        day_before = fact.on - ONE_DAY
        self._refuse_before_events(enrolment, day_before, "the day before the step")
        enrolment.places.append(Place(fact.on, fact.program, fact.payer))
        for name, account in enrolment.accounts.items():
            if account.term.closes == date.max and name not in dict(fact.policies):
                account.change(account.term._replace(closes=day_before))
        for name, version in fact.policies:
            kept = enrolment.accounts.get(name)
            if kept is None:
                self._open(fact.enrolment, name, [(fact.on, version)], fact.on)
            elif kept.term.closes != date.max:
                gap = (kept.term.closes + ONE_DAY, day_before)
                kept.change(kept.term._replace(closes=date.max, gaps=(*kept.term.gaps, gap)))

    def _consent_given(self, fact: ConsentGiven) -> None:
        if fact.given_on > fact.on:
            raise RefusedError(f"a consent is recorded once it is signed; {fact.given_on} has not come yet")
        if fact.last_day < fact.given_on:
            raise RefusedError(f"the consent was given on {fact.given_on}; its last day cannot be before that")
        self.consents[fact.id] = Consent(fact.given_on, fact.last_day)

    def _consent_revoked(self, fact: ConsentRevoked) -> None:
        consent = self.consents.get(fact.consent)
        if consent is None:
            raise RefusedError(f"this participant gave no consent {fact.consent}")
        if consent.revoked_on is not None:
            raise RefusedError(f"this consent was revoked on {consent.revoked_on} already")
        self.consents[fact.consent] = consent._replace(revoked_on=fact.on)

    def _version_taken(self, fact: VersionTaken) -> None:
        enrolment = self._enrolment(fact.enrolment)
        account = enrolment.accounts.get(fact.policy)
        if account is None:
            raise RefusedError(f"this enrolment is not under the policy {fact.policy}")
        first, *later = [day for day, _ in account.term.versions]
        after = max(account.latest_day, first)
        if fact.on <= after or any(fact.on < day for day in later):
            raise RefusedError(f"a version takes over later than {after}, and no earlier than one that is set to")
        if (fact.on, fact.version) in enrolment.versions[fact.policy]:
            raise RefusedError(f"this version is set to take over on {fact.on} already")
        policy = self._rulebook.policy(fact.version)
        account.change(account.term._replace(versions=(*account.term.versions, (fact.on, policy))))
        enrolment.versions[fact.policy].append((fact.on, fact.version))

    def _event_recorded(self, fact: EventRecorded) -> list[Line]:
        if self._events is not None:
            self._events[fact.id] = fact
        if not self._by_kind[fact.kind]:
            return []
        return self._follow(self._event(fact), fact.on, fact.id, fact.made_on)

    def _result_corrected(self, fact: ResultCorrected) -> list[Line]:
        original = self.event(fact.event)
        if fact.on < original.on:
            raise RefusedError(f"the event is of {original.on}; a correction is dated when it was made, not before")
        if fact.at < self._corrected_at.get(fact.event, fact.at):
            return []  # a later correction came before this one, and wins
        self._corrected_at[fact.event] = fact.at
        if self._events is not None:
            self._events[fact.event] = self._events[fact.event]._replace(result=fact.result)
        correction = original._replace(at=fact.at, on=fact.on, id="", corrects=fact.event, result=fact.result)
        return self._follow(correction, original.on, fact.event, None)

    def _event(self, fact: EventRecorded) -> Event:
        return Event(self.participant, fact.at, fact.on, "", 0, fact.kind, fact.result, fact.session, fact.id)

    def _exemption_given(self, fact: ExemptionGiven) -> None:
        if fact.to_day < fact.from_day:
            raise RefusedError(f"an exemption from {fact.from_day} cannot end on {fact.to_day}, before it begins")
        self.exemptions[fact.id] = Exemption(fact.analyte, fact.from_day, fact.to_day)

    def _exemption_ended(self, fact: ExemptionEnded) -> None:
        exemption = self.exemptions.get(fact.exemption)
        if exemption is None:
            raise RefusedError(f"this participant has no exemption {fact.exemption}")
        if not exemption.from_day <= fact.last_day < exemption.to_day:
            days = f"from {exemption.from_day} to {exemption.to_day}"
            raise RefusedError(f"the exemption lasts {days}; its last day cannot become {fact.last_day}")
        self.exemptions[fact.exemption] = exemption._replace(to_day=fact.last_day)

    def _draw_opened(self, fact: DrawOpened) -> None:
        if not self.has(ledger.HELD, ledger.DRAWS, fact.policy):
            raise RefusedError(f"no draws of {fact.policy} are left to open")
        self.bowl(fact.version)
        self.draws[fact.id] = Opened(fact.policy, fact.version, fact.sha256)
        held = ledger.account(ledger.HELD, self.participant, fact.policy)
        self._move(held, self._own(ledger.OPENED), ledger.DRAWS, 1, fact.on, fact.id)

    def _draw_resealed(self, fact: DrawResealed) -> None:
        self.draws[fact.draw] = self._opened(fact.draw)._replace(sha256=fact.sha256)

    def _slip_picked(self, fact: SlipPicked) -> None:
        opened = self._opened(fact.draw)
        receipt = self.receipt(fact.draw, fact.pick, bytes.fromhex(fact.secret), fact.on)
        if receipt.sha256 != opened.sha256 or receipt.slip != fact.slip:
            raise RefusedError(f"draw {fact.draw} does not re-compute: its bytes, or its slip, are not the sealed ones")
        del self.draws[fact.draw]
        self._move(self._own(ledger.OPENED), self._own(ledger.USED), ledger.DRAWS, 1, fact.on, fact.draw)
        self._win(opened.policy, receipt.label, receipt.value, fact.on, fact.draw)

    def _slip_drawn_by_hand(self, fact: SlipDrawnByHand) -> None:
        if not self.has(ledger.HELD, ledger.DRAWS, fact.policy):
            raise RefusedError(f"no draws of {fact.policy} are left")
        labels = {slip.label: slip.value for slip in self.bowl(fact.version).slips}
        if fact.label not in labels:
            raise RefusedError(f"no slip says {quoted(fact.label)}; the labels are {', '.join(labels)}")
        held = ledger.account(ledger.HELD, self.participant, fact.policy)
        self._move(held, self._own(ledger.USED), ledger.DRAWS, 1, fact.on, fact.id)
        self._win(fact.policy, fact.label, labels[fact.label], fact.on, fact.id)

    def _prize_chosen(self, fact: PrizeChosen) -> None:
        price = self._own(ledger.WON, fact.size) if fact.size else self._own(ledger.HELD)
        has = self.purse.get((price, fact.unit), 0)
        if has < fact.amount:
            raise TooLittleError(_too_little(fact, has))
        self.reserved[fact.id] = Reserved(fact.prize, price, fact.unit, fact.amount)
        self._move(price, self._own(ledger.REDEEMED), fact.unit, fact.amount, fact.on, fact.id)
        stock = ledger.account(ledger.STOCK, fact.prize)
        self._move(stock, self._own(ledger.RESERVED, fact.prize), ledger.PRIZES, 1, fact.on, fact.id)

    def _prize_handed_over(self, fact: PrizeHandedOver) -> None:
        prize = self._take_reserved(fact.redemption).prize
        reserved, handed_over = self._own(ledger.RESERVED, prize), self._own(ledger.HANDED_OVER, prize)
        self._move(reserved, handed_over, ledger.PRIZES, 1, fact.on, fact.redemption)

    def _redemption_cancelled(self, fact: RedemptionCancelled) -> None:
        given = self._take_reserved(fact.redemption)
        stock, reserved = ledger.account(ledger.STOCK, given.prize), self._own(ledger.RESERVED, given.prize)
        self._move(reserved, stock, ledger.PRIZES, 1, fact.on, fact.redemption)
        self._move(self._own(ledger.REDEEMED), given.account, given.unit, given.amount, fact.on, fact.redemption)

    def _prizes_traded(self, fact: PrizesTraded) -> None:
        has = self.has(ledger.WON, ledger.SLIPS, fact.give)
        if has < fact.number:
            raise TooLittleError(f"a trade takes {fact.number} won prizes of size {fact.give}, and there are {has}")
        enrolment_id, enrolment = self._latest_enrolment()
        verdict = self._prize_limit(enrolment_id, enrolment, fact.more, fact.on)
        if verdict.allowed < fact.more:
            left = MONEY.said(verdict.allowed)
            raise OverCapsError(f"the prize is worth {MONEY.said(fact.more)} more, and the caps leave {left}")
        fund = self._fund(enrolment, fact.on)
        self._move(self._own(ledger.WON, fact.give), fund, ledger.SLIPS, fact.number, fact.on)
        self._move(fund, self._own(ledger.WON, fact.get), ledger.SLIPS, 1, fact.on)
        self._spend(enrolment_id, enrolment, fact.more, fact.on)

    def _purged(self, _: Purged) -> None:
        if any(enrolment.is_open for enrolment in self.enrolments.values()):
            raise RefusedError("an enrolment is still open; discharge first")
        if self.draws or self.reserved:
            raise RefusedError("draws are open, or prizes reserved; finish or cancel them first")
        self.is_purged = True

    # --- what taking them needs --------------------------------------------------------------------------------------

    def _open(
        self, enrolment_id: str, name: str, versions: list[tuple[date, str]], opens: date, closes: date = date.max
    ) -> Account:
        """Open an account of an enrolment under a policy, by its versions."""
        enrolment = self.enrolments[enrolment_id]
        policies = tuple([(day, self._rulebook.policy(version)) for day, version in versions])
        policy = policies[0][1]
        term = Term(enrolment.first_day, policies, opens, closes, enrolment_id)
        unit, of = policy.pays.code, pool(policy)
        books = Books(lambda: self.has(ledger.HELD, unit, of))
        account = Account(term, partial(self._limits, enrolment_id, name), books)
        enrolment.accounts[name] = account
        enrolment.versions[name] = versions
        self._by_kind[policy.on].append((enrolment, account))
        return account

    def _follow(self, event: Event, on: date, event_id: str, made_on: date | None) -> list[Line]:
        """Let every account of the event's kind and date take it, and post what each one settles."""
        lines: list[Line] = []
        for enrolment, account in self._by_kind[event.kind]:
            term = account.term
            if not term.opens <= on <= term.closes or (term.gaps and not term.holds(on)):
                continue
            if event.corrects and not account.has(event.corrects):
                continue  # it was recorded before this enrolment began, and never counted here
            line = account.take(event, made_on)
            lines.append(line)
            if line.parts:
                self._post(line, enrolment, on, event_id)
        return lines

    def _post(self, line: Line, enrolment: Enrolment, visit_on: date, event_id: str) -> None:
        """Post what a line credits and takes back. Who paid for a visit is the payer of its date."""
        unit, on = line.policy.pays.code, line.posted_on
        held = self._held_in(line.policy)
        if credited := line.amount + line.debited:
            self._move(self._fund(enrolment, visit_on), held, unit, credited, on, event_id)
        if line.debited or line.uncollected:
            self._take_back(line, enrolment, held, event_id)

    def _take_back(self, line: Line, enrolment: Enrolment, held: str, event_id: str) -> None:
        unit, on = line.policy.pays.code, line.posted_on
        owed: dict[str, int] = {}
        for part in line.parts:
            if part.amount < 0 and isinstance(part.reason, Corrected):
                fund = self._fund(enrolment, part.reason.on)
                owed[fund] = owed.get(fund, 0) - part.amount
        for fund, taken in collected(owed, line.debited):
            if taken:
                self._move(held, fund, unit, taken, on, event_id)
            if left := owed[fund] - taken:
                self._move(self._own(ledger.UNCOLLECTED), fund, unit, left, on, event_id)

    def _held_in(self, policy: Policy[Any]) -> str:
        """Name the account that a policy's awards are held in; the names are made once."""
        name = self._held_names.get(policy.name)
        if name is None:
            name = self._held_names[policy.name] = self._own(ledger.HELD, pool(policy))
        return name

    def _win(self, policy: str, label: str, value: int, on: date, draw: str) -> None:
        """Post what a slip wins: a prize of its size, or, where the caps leave less, that much money."""
        enrolment_id, enrolment = self._under(policy)
        allowed = self._prize_limit(enrolment_id, enrolment, value, on).allowed
        fund = self._fund(enrolment, on)
        if not allowed:
            return
        if allowed == value:
            self._move(fund, self._own(ledger.WON, label), ledger.SLIPS, 1, on, draw)
        else:
            self._move(fund, self._own(ledger.HELD), MONEY.code, allowed, on, draw)
        self._spend(enrolment_id, enrolment, allowed, on)

    def _move(self, debit: str, credit: str, unit: str, amount: int, on: date, event: str = "") -> None:
        self._posting.append(Entry(debit, credit, unit, amount, on, event))
        if debit.endswith(self._mark):
            self._change(debit, unit, -amount)
        if credit.endswith(self._mark):
            self._change(credit, unit, amount)

    def _change(self, account: str, unit: str, by: int) -> None:
        balance = self.purse.get((account, unit), 0) + by
        if balance < 0 and not account.startswith(ledger.UNCOLLECTED):
            raise RefusedError(f"{account} would have {balance} {unit}")
        if balance:
            self.purse[account, unit] = balance
        else:
            self.purse.pop((account, unit), None)

    def _own(self, what: str, of: str = "") -> str:
        return ledger.account(what, self.participant, of)

    def _fund(self, enrolment: Enrolment, on: date) -> str:
        return ledger.account(ledger.FUND, enrolment.place(on).payer)

    def _enrolment(self, enrolment_id: str) -> Enrolment:
        enrolment = self.enrolments.get(enrolment_id)
        if enrolment is None:
            raise RefusedError(f"this participant has no enrolment {enrolment_id}")
        if not enrolment.is_open:
            raise RefusedError(f"the enrolment ended on {enrolment.last_day}")
        return enrolment

    def _under(self, policy: str) -> tuple[str, Enrolment]:
        """Give the latest enrolment under a policy."""
        for enrolment_id, enrolment in reversed(self.enrolments.items()):
            if policy in enrolment.accounts:
                return enrolment_id, enrolment
        raise RefusedError(f"this participant was never under the policy {policy}")

    def _latest_enrolment(self) -> tuple[str, Enrolment]:
        if not self.enrolments:
            raise RefusedError("this participant was never enrolled")
        return next(reversed(self.enrolments.items()))

    def _refuse_before_events(self, enrolment: Enrolment, day: date, what: str) -> None:
        """Refuse a day behind which something counted; what was voided since does not."""
        latest = max((account.latest_day for account in enrolment.accounts.values()), default=date.min)
        if latest <= day:
            return
        counted = [event.on for event in self.events() if event.on > day and event.result.outcome != VOID]
        if counted:
            raise RefusedError(f"an event of {max(counted)} counts already; {what} cannot be before that")

    def _opened(self, draw: str) -> Opened:
        if draw not in self.draws:
            raise RefusedError(f"there is no open draw {draw}; its slip may be picked already")
        return self.draws[draw]

    def _take_reserved(self, redemption: str) -> Reserved:
        if redemption not in self.reserved:
            raise RefusedError(f"no prize is reserved as {redemption}; it may be handed over or cancelled already")
        return self.reserved.pop(redemption)

    # --- caps --------------------------------------------------------------------------------------------------------

    def _limits(self, enrolment_id: str, name: str, visit_on: date, on: date) -> tuple[Limit, ...]:
        """Give the caps that hold for the award of a visit: the policy's own, and the payers' where it is worth money.

        They are made anew only where version or payers are others than they were the last time.
        """
        enrolment = self.enrolments[enrolment_id]
        policy = enrolment.accounts[name].term.policy(on)
        payers = self._rulebook.payers(enrolment.place(visit_on).program, on)
        known = self._known_limits.get((enrolment_id, name))
        if known is not None and known[0] is policy and known[1] is payers:
            return known[2]
        worth = 1 if policy.pays.is_money else policy.worth
        own = self._own_limit(policy)
        limits = (own, *self._payer_limits(payers, worth)) if worth else (own,)
        self._known_limits[enrolment_id, name] = (policy, payers, limits)
        return limits

    def _own_limit(self, policy: Policy[Any]) -> Limit:
        spent = self._count(f"policy {policy.name}", self._rulebook.spans_of_policy(policy.name))
        return Limit(policy.caps, policy.cap_worth, spent)

    def _payer_limits(self, payers: Sequence[Payer], worth: int) -> Iterator[Limit]:
        """Give the caps of payers; the total of the calendar year is counted beside them, under no cap."""
        for payer in payers:
            spent = self._count(f"payer {payer.id}", self._rulebook.spans_of_payer(payer.id))
            yield Limit(payer.caps, worth, spent, payer.name)
        yield Limit((), worth, self._count(EVERYTHING, {YEARLY}), "all")

    def _prize_limits(self, enrolment: Enrolment, on: date) -> list[Limit]:
        return list(self._payer_limits(self._rulebook.payers(enrolment.place(on).program, on), 1))

    def _prize_limit(self, enrolment_id: str, enrolment: Enrolment, amount: int, on: date) -> Verdict:
        return allow(self._prize_limits(enrolment, on), amount, When(on, enrolment.week(on), enrolment_id))

    def _spend(self, enrolment_id: str, enrolment: Enrolment, amount: int, on: date) -> None:
        when = When(on, enrolment.week(on), enrolment_id)
        for limit in self._prize_limits(enrolment, on):
            limit.spent.post(amount, when)

    def _count(self, source: str, spans: Set[Span]) -> Spent:
        spent = self._spent.get(source)
        if spent is None:
            spent = self._spent[source] = Spent(spans)
        return spent

    def _counting(self) -> str:
        """Name the kinds of period that the caps count in which bear on this participant."""
        lived = self.enrolments.values()
        policies = frozenset(name for enrolment in lived for name in enrolment.accounts)
        programs = frozenset(place.program for enrolment in lived for place in enrolment.places)
        return self._rulebook.counting(policies, programs)

    def close(self) -> None:
        """Let go of all that is held, so that its memory is free at once."""
        self.enrolments, self._by_kind, self._known_limits, self._events = {}, {}, {}, None

    # --- keeping -----------------------------------------------------------------------------------------------------

    def keep(self) -> dict[str, Any]:
        """Give where the participant stands, without the history, as values that JSON can hold."""
        return {
            "format": FORMAT,
            "counting": self._counting(),
            "enrolments": {key: _kept_enrolment(enrolment) for key, enrolment in self.enrolments.items()},
            "purse": [[*key, balance] for key, balance in sorted(self.purse.items())],
            "draws": {key: list(draw) for key, draw in self.draws.items()},
            "reserved": {key: list(reserved) for key, reserved in self.reserved.items()},
            "spent": {source: spent.keep() for source, spent in self._spent.items() if spent.has_any},
            "purged": self.is_purged,
            **_kept_exemptions(self.exemptions),
            **_kept_consents(self.consents),
        }

    @classmethod
    def recall(cls, participant: str, rulebook: Rulebook, kept: Mapping[str, Any]) -> "Standing":
        """Stand where `keep` told.

        Raises HistoryNeededError for what another version of this program kept, or what was kept before caps counted as
        they do now: a sum that nobody kept cannot be told without the history.
        """
        standing = cls.glimpse(participant, rulebook, kept)
        if kept["counting"] != _counting_of(kept, rulebook):
            raise HistoryNeededError
        standing._spent = {source: Spent.recall(spent) for source, spent in kept["spent"].items()}
        for key, analyte, from_day, to_day in kept.get("exemptions", ()):
            standing.exemptions[key] = Exemption(analyte, date.fromisoformat(from_day), date.fromisoformat(to_day))
        standing.consents = {key: _consent(*days) for key, days in kept.get("consents", {}).items()}
        for key, (*_, accounts) in kept["enrolments"].items():
            standing._recall_accounts(key, accounts)
        return standing

    @classmethod
    def glimpse(cls, participant: str, rulebook: Rulebook, kept: Mapping[str, Any]) -> "Standing":
        """Stand where `keep` told, as far as it goes for a list: what somebody has, and where they take part.

        Accounts, and sums under caps, are left out. Raises HistoryNeededError for what another version of this program kept.
        """
        if kept["format"] != FORMAT:
            raise HistoryNeededError
        standing = cls(participant, rulebook)
        standing._events = None
        standing.purse = {(account, unit): balance for account, unit, balance in kept["purse"]}
        standing.draws = {key: Opened(*draw) for key, draw in kept["draws"].items()}
        standing.reserved = {key: Reserved(*reserved) for key, reserved in kept["reserved"].items()}
        standing.is_purged = kept["purged"]
        for key, (places, first_day, last_day, _) in kept["enrolments"].items():
            lived = [Place(date.fromisoformat(day), program, payer) for day, program, payer in places]
            standing.enrolments[key] = Enrolment(lived, date.fromisoformat(first_day), date.fromisoformat(last_day))
        return standing

    def _recall_accounts(self, key: str, accounts: dict[str, list[Any]]) -> None:
        for name, (versions, opens, closes, gaps, kept) in accounts.items():
            dated = [(date.fromisoformat(day), version) for day, version in versions]
            account = self._open(key, name, dated, date.fromisoformat(opens), date.fromisoformat(closes))
            if gaps:
                off = tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in gaps)
                account.change(account.term._replace(gaps=off))
            account.recall(kept)


def _kept_consents(consents: Mapping[str, Consent]) -> dict[str, Any]:
    """Give consents as they are kept; nothing where there are none, as before there were any."""
    kept = {key: [day and day.isoformat() for day in consent] for key, consent in consents.items()}
    return {"consents": kept} if kept else {}


def _consent(given_on: str, last_day: str, revoked_on: str | None) -> Consent:
    revoked = None if revoked_on is None else date.fromisoformat(revoked_on)
    return Consent(date.fromisoformat(given_on), date.fromisoformat(last_day), revoked)


def _left(limit: Limit, source: str, unit: Unit, when: When) -> list[Left]:
    return [Left(source, cap, limit.left(cap, when), unit) for cap in limit.caps]


def _counting_of(kept: Mapping[str, Any], rulebook: Rulebook) -> str:
    """Name the kinds of period that the caps count in now which bear on whom this was kept of."""
    lived = kept["enrolments"].values()
    policies = frozenset(name for *_, accounts in lived for name in accounts)
    programs = frozenset(program for places, *_ in lived for _, program, _ in places)
    return rulebook.counting(policies, programs)


def _kept_enrolment(enrolment: Enrolment) -> list[Any]:
    places = [[place.from_day.isoformat(), place.program, place.payer] for place in enrolment.places]
    accounts = {
        name: [
            [[day.isoformat(), version] for day, version in enrolment.versions[name]],
            account.term.opens.isoformat(),
            account.term.closes.isoformat(),
            [[first.isoformat(), last.isoformat()] for first, last in account.term.gaps],
            account.keep(),
        ]
        for name, account in enrolment.accounts.items()
    }
    return [places, enrolment.first_day.isoformat(), enrolment.last_day.isoformat(), accounts]


def _kept_exemptions(exemptions: Mapping[str, Exemption]) -> dict[str, Any]:
    """Give exemptions as they are kept; nothing where there are none, as before there were any."""
    kept = [[key, one.analyte, one.from_day.isoformat(), one.to_day.isoformat()] for key, one in exemptions.items()]
    return {"exemptions": kept} if kept else {}


def _refuse_twice(policies: Sequence[tuple[str, str]]) -> None:
    names = [name for name, _ in policies]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RefusedError(f"the policy {twice[0]} is named twice; it would pay twice for the same visit")


def pool(policy: Policy[Any]) -> str:
    """Tell of what an award is held: draws and tickets by their policy, since each has its own bowl."""
    return policy.name if policy.pays.code in {"draws", "tickets"} else ""


def _too_little(fact: PrizeChosen, has: int) -> str:
    if fact.size:
        return f"this prize takes a won slip of size {fact.size}, and none is left"
    unit = Unit(fact.unit)
    return f"this prize takes {unit.said(fact.amount)}, and there are {unit.said(has)}"


# What takes each kind of fact.
_TAKING: dict[type, Callable[[Standing, Any], list[Line] | None]] = {
    Enrolled: Standing._enrolled,
    Discharged: Standing._discharged,
    Moved: Standing._moved,
    ConsentGiven: Standing._consent_given,
    ConsentRevoked: Standing._consent_revoked,
    VersionTaken: Standing._version_taken,
    EventRecorded: Standing._event_recorded,
    ResultCorrected: Standing._result_corrected,
    ExemptionGiven: Standing._exemption_given,
    ExemptionEnded: Standing._exemption_ended,
    DrawOpened: Standing._draw_opened,
    DrawResealed: Standing._draw_resealed,
    SlipPicked: Standing._slip_picked,
    SlipDrawnByHand: Standing._slip_drawn_by_hand,
    PrizeChosen: Standing._prize_chosen,
    PrizeHandedOver: Standing._prize_handed_over,
    RedemptionCancelled: Standing._redemption_cancelled,
    PrizesTraded: Standing._prizes_traded,
    Purged: Standing._purged,
}
