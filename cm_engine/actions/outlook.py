"""Outlook: what a participant has, what comes next and what it is worth, and what they can choose now; all as values.

It is what a kiosk shows, in whichever language: no sentence is made here. Reads, and writes nothing.
"""

from datetime import date, timedelta
from typing import NamedTuple

from cm_engine import ledger
from cm_engine.actions.look import reading_it
from cm_engine.actions.redeem import price, spendable
from cm_engine.engine import Engine
from cm_engine.events import VOID, Kind, slot_of
from cm_engine.ladder import Ladder, ladder_of, rewards, visits_a_week
from cm_engine.money import Unit
from cm_engine.rulebook import NotInTheRulebookError
from cm_engine.standing import Enrolment, RefusedError, Standing
from cm_engine.store.cabinet import Shelved, prize_names, shelf
from cm_engine.store.chains import standing_of
from cm_engine.store.database import Transaction
from cm_engine.store.pictures import pictures_of
from cm_engine.store.published import Published, Running
from cm_engine.store.visits import events_on, upcoming
from cm_engine.timetable import Expected

ONE_DAY = timedelta(days=1)


class Amount(NamedTuple):
    """So much of a unit, in its smallest step."""

    unit: Unit
    amount: int


class Next(NamedTuple):
    """The next visit that is expected, and what it would be worth under each policy that rewards it, after caps."""

    visit: Expected
    worth: tuple[Amount, ...]


class Climb(NamedTuple):
    """A ladder of one policy: for which kind of visit, in which unit."""

    policy: str
    kind: Kind
    unit: Unit
    ladder: Ladder


class ToDraw(NamedTuple):
    """Draws of a policy that are earned and not opened yet."""

    policy: str
    number: int


class OpenDraw(NamedTuple):
    """A draw whose slip is not picked yet: the SHA-256 of its bytes, the slips of its bowl, the most that it pays, in cents."""

    draw: str
    sha256: str
    slips: int
    largest: int
    pays_at_most: int


class Offer(NamedTuple):
    """A prize of the cabinet: how many there are, what it takes, whether that is there, and its picture if it has one."""

    prize: str
    name: str
    on_hand: int
    size: str
    price: Amount
    is_affordable: bool
    picture: str | None

    @property
    def can_be_chosen(self) -> bool:
        """Tell whether it can be chosen now."""
        return self.is_affordable and self.on_hand > 0


class TradeOffer(NamedTuple):
    """So many won prizes of a size for one of another, and how many there are to give."""

    give: str
    number: int
    get: str
    has: int


class Waiting(NamedTuple):
    """A prize that was chosen, and waits to be handed over."""

    redemption: str
    name: str


class Outlook(NamedTuple):
    """All that a kiosk shows of somebody at first: what they have, their ladders, the next visit, draws, prizes waiting.

    `has` is what can be spent (money, points, tickets), `won` the prizes won and not chosen yet, by size.
    """

    today: date
    week: int
    weeks: int | None
    is_enrolled: bool
    has: tuple[Amount, ...]
    won: dict[str, int]
    climbs: tuple[Climb, ...]
    next: Next | None
    to_draw: tuple[ToDraw, ...]
    open_draws: tuple[OpenDraw, ...]
    waiting: tuple[Waiting, ...]


class Shelf(NamedTuple):
    """The cabinet as somebody sees it: what can be had, what was chosen, and which trades there are."""

    offers: tuple[Offer, ...]
    waiting: tuple[Waiting, ...]
    trades: tuple[TradeOffer, ...]
    has: tuple[Amount, ...]
    won: dict[str, int]


class _Person(NamedTuple):
    """Somebody, as they stand today in the program that they were last in."""

    published: Published
    standing: Standing
    enrolment: Enrolment
    running: Running
    today: date


def outlook(engine: Engine, participant: str) -> Outlook:
    """Tell what somebody has, and what comes next. Raises RefusedError for somebody who was never enrolled."""

    def read(tx: Transaction) -> Outlook:
        person = _person(engine, tx, participant)
        enrolment, today = person.enrolment, person.today
        is_enrolled = today <= enrolment.last_day
        coming = _next(tx, person) if is_enrolled else None
        return Outlook(
            today,
            enrolment.week(today),
            person.running.on(today).weeks,
            is_enrolled,
            _has(person.standing),
            _won(person.standing),
            _climbs(person, coming) if is_enrolled else (),
            coming,
            _to_draw(person.standing),
            _open_draws(person),
            _waiting(tx, person),
        )

    return reading_it(engine, read)


def shelf_for(engine: Engine, participant: str) -> Shelf:
    """Tell what somebody can choose from the cabinet. Raises RefusedError for somebody who was never enrolled."""

    def read(tx: Transaction) -> Shelf:
        person = _person(engine, tx, participant)
        return Shelf(
            _offers(tx, person), _waiting(tx, person), _trades(person), _has(person.standing), _won(person.standing)
        )

    return reading_it(engine, read)


def _person(engine: Engine, tx: Transaction, participant: str) -> _Person:
    published = engine.published(tx)
    standing = standing_of(tx, participant, published.rulebook)
    if not standing.enrolments:
        raise RefusedError("this participant was never enrolled; enrol first")
    latest = next(reversed(standing.enrolments.values()))
    running = published.programs.get(latest.places[-1].program)
    if running is None:
        raise NotInTheRulebookError(f"there is no program {latest.places[-1].program}")
    return _Person(published, standing, latest, running, engine.clock().astimezone(running.zone).date())


def _has(standing: Standing) -> tuple[Amount, ...]:
    """Give what can be spent, or waits to be drawn by name: money, points, tickets; all of a unit together."""
    sums: dict[str, int] = {}
    for (account, unit), balance in sorted(standing.purse.items()):
        what = account.partition("@")[0].partition(":")[0]
        if what == ledger.HELD and unit != ledger.DRAWS:
            sums[unit] = sums.get(unit, 0) + balance
    return tuple(Amount(Unit(unit), balance) for unit, balance in sums.items())


def _won(standing: Standing) -> dict[str, int]:
    """Give the prizes won and not chosen yet, by size."""
    won = {}
    for (account, _), balance in sorted(standing.purse.items()):
        what, _, size = account.rpartition("@")[0].partition(":")
        if what == ledger.WON:
            won[size] = balance
    return won


def _climbs(person: _Person, coming: Next | None) -> tuple[Climb, ...]:
    next_on = coming.visit.on if coming else person.today
    terms, week = person.running.on(next_on), person.enrolment.week(next_on)
    return tuple(
        Climb(name, policy.on, policy.pays, ladder_of(account, next_on, visits_a_week(policy, terms, week)))
        for name, account in person.enrolment.accounts.items()
        for policy in (account.term.policy(next_on),)
        if account.term.holds(next_on)
    )


def _next(tx: Transaction, person: _Person) -> Next | None:
    """Give the next visit that nobody has recorded yet."""
    participant = person.standing.participant
    today = events_on(tx, [participant], person.today).get(participant, [])
    done = {(person.today, *event.slot) for event in today if event.result.outcome != VOID}
    for visit, program, enrolment_id in upcoming(tx, participant, person.today):
        is_due = (visit.on, *slot_of(visit.kind, visit.session)) not in done
        if is_due and person.standing.enrolments[enrolment_id].is_in(program, visit.on):
            return Next(visit, _worth(person, visit))
    return None


def _worth(person: _Person, visit: Expected) -> tuple[Amount, ...]:
    """Tell what a visit would pay under each policy that rewards it, added up by unit."""
    sums: dict[Unit, int] = {}
    for account in person.enrolment.accounts.values():
        policy = account.term.policy(visit.on)
        if policy.on == visit.kind and rewards(policy, visit.session):
            sums[policy.pays] = sums.get(policy.pays, 0) + account.next_visit(visit.on - ONE_DAY)
    return tuple(Amount(unit, amount) for unit, amount in sums.items() if amount)


def _to_draw(standing: Standing) -> tuple[ToDraw, ...]:
    found = []
    for (account, unit), balance in sorted(standing.purse.items()):
        what, _, policy = account.rpartition("@")[0].partition(":")
        if what == ledger.HELD and unit == ledger.DRAWS:
            found.append(ToDraw(policy, balance))
    return tuple(found)


def _open_draws(person: _Person) -> tuple[OpenDraw, ...]:
    return tuple(_open_draw(person, draw) for draw in person.standing.draws)


def _open_draw(person: _Person, draw: str) -> OpenDraw:
    opened = person.standing.draws[draw]
    bowl = person.standing.bowl(opened.version)
    largest = max(slip.value for slip in bowl.slips)
    allowed = person.standing.prize_limit(opened.policy, largest, person.today).allowed
    return OpenDraw(draw, opened.sha256, bowl.size, largest, allowed)


def _waiting(tx: Transaction, person: _Person) -> tuple[Waiting, ...]:
    reserved = person.standing.reserved
    names = prize_names(tx, [one.prize for one in reserved.values()]) if reserved else {}
    return tuple(Waiting(redemption, names[one.prize]) for redemption, one in reserved.items())


def _offers(tx: Transaction, person: _Person) -> tuple[Offer, ...]:
    terms = {prize.name: prize for prize in person.running.on(person.today).prizes}
    pictures = pictures_of(tx, person.running.id)
    return tuple(_offer(person.standing, one, pictures.get(one.id)) for one in shelf(tx, person.running, terms))


def _offer(standing: Standing, shelved: Shelved, picture: str | None) -> Offer:
    size, unit, amount = price(shelved.prize)
    is_affordable = spendable(standing, size, unit) >= amount
    return Offer(
        shelved.id, shelved.prize.name, shelved.on_hand, size, Amount(Unit(unit), amount), is_affordable, picture
    )


def _trades(person: _Person) -> tuple[TradeOffer, ...]:
    return tuple(
        TradeOffer(trade.give, trade.count, trade.get, person.standing.has(ledger.WON, ledger.SLIPS, trade.give))
        for trade in person.running.on(person.today).trades
    )
