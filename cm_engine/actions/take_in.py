"""Take in: a file of events into the books, all of it or nothing; taking the same file in again changes nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from cm_engine.actions.awards import PartialPanelError, refuse_partial
from cm_engine.actions.enrol import Versions, add_participant, begin_enrolment, known_as
from cm_engine.actions.record import refuse_session
from cm_engine.actions.requests import Doing, Request, doing_it
from cm_engine.actions.revise import publish_version
from cm_engine.engine import Engine
from cm_engine.errors import InputError, Mistake, quoted
from cm_engine.events import Event
from cm_engine.facts import EventRecorded, ResultCorrected
from cm_engine.policies.contract import Policy
from cm_engine.replay import in_order
from cm_engine.rest import collector_off
from cm_engine.standing import RefusedError
from cm_engine.store.chains import Participant
from cm_engine.store.codec import read_fact
from cm_engine.store.database import Row, Statement, Transaction
from cm_engine.store.notes import KEEP, note_of, sealed_notes
from cm_engine.store.published import Running
from cm_engine.store.received import RECEIVE
from cm_engine.store.tables import log, participants, received
from cm_engine.vault import Vault

CODES = Statement(select(participants.c.code, participants.c.id).where(participants.c.site_id == bindparam("site")))
ANY = Statement(select(received.c.sender_id).where(received.c.site_id == bindparam("site")).limit(1))

AT_ONCE = 400


class TakenIn(NamedTuple):
    """How many rows were recorded, how many were there already, and how many participants were enrolled."""

    created: int
    already_there: int
    enrolled: int


class NotTakenError(InputError):
    """A file that cannot be taken in, with every row that cannot, and what would have become of the others."""

    def __init__(self, source: str, mistakes: Sequence[Mistake], counts: dict[str, int]) -> None:
        super().__init__(source, mistakes)
        self.counts = counts


class Taking(NamedTuple):
    """What to do with a file's events: the program, the policies to enrol unknown participants under, and how strict.

    `source` names the file in mistakes.
    """

    source: str
    program: str
    enrol_under: tuple[Policy[Any], ...] = ()
    allow_partial: bool = False


def take_in(
    engine: Engine,
    request: Request,
    taking: Taking,
    people: Mapping[str, Sequence[Event]],
    told: Callable[[int], None] = lambda _: None,
) -> TakenIn:
    """Take in the events of each participant, by code. `told` is called now and then with the participants done.

    Raises NotTakenError with every row that cannot be taken, by its line; nothing is changed then.
    """

    def act(doing: Doing) -> TakenIn:
        running = doing.program(taking.program)
        versions = tuple(_publish(doing, taking.program, policy) for policy in taking.enrol_under)
        work = _Work(doing, taking, running, versions, sum(map(len, people.values())))
        known = _by_code(people)
        with collector_off():
            for count, code in enumerate(work.in_turn(known), start=1):
                work.take_person(code, in_order(known[code]))
                told(count)
            return work.finish()

    return doing_it(engine, request, act)


def find_event(tx: Transaction, site: str, sender_id: str) -> Event | None:
    """Find an event that was recorded under a sender's id, as a file would have it."""
    row = next(iter(_found(tx, site, [sender_id])), None)
    if row is None or not isinstance(fact := read_fact(*row[3:6]), EventRecorded):
        return None
    code = tx.ask(select(participants.c.code).where(participants.c.id == row[1]))[0][0]
    return Event(code, fact.at, fact.on, "", 0, fact.kind, fact.result, fact.session, sender_id)


@dataclass
class _Work:
    """A file being taken in: what was found, what is to be written behind the chains, and the mistakes."""

    doing: Doing
    taking: Taking
    running: Running
    versions: Versions
    rows: int
    mistakes: list[Mistake] = field(default_factory=list)
    created: int = 0
    there: int = 0
    conflicting: int = 0
    enrolled: int = 0
    _received: list[Row] = field(default_factory=list)
    _notes: dict[str, dict[int, tuple[str, str]]] = field(default_factory=dict)
    _sessions: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        tx = self.doing.tx
        self.today = self.doing.today(self.running.zone)
        self._codes: dict[str, str] = dict(tx.rows(CODES, {"site": self.running.site}))
        self._is_first = tx.row(ANY, {"site": self.running.site}) is None
        # Made in their order: an index takes them in quicker so.
        self._ids = iter(sorted(self.doing.engine.dice.new_id() for _ in range(self.rows)))

    def in_turn(self, codes: Iterable[str]) -> list[str]:
        """Give codes in the order of ids, in which everybody holds several people, so that two never wait for each other."""
        return sorted(codes, key=lambda code: (code not in self._codes, self._codes.get(code, code)))

    def take_person(self, code: str, events: Sequence[Event]) -> None:
        """Take one participant's events."""
        senders = list(_sender_ids(self.doing.engine.vault, events))
        known = {} if self._is_first else self._known(senders)
        ids = {sender: row[4] for sender, row in known.items()}
        new = [(event, sender) for event, sender in zip(events, senders, strict=True) if sender not in known]
        for event, sender in zip(events, senders, strict=True):
            if sender in known and (differs := self._differs(code, event, known[sender])):
                name = quoted(sender) if event.id else "this row"
                self._wrong(event, "id", f"{name} was recorded before with another {', '.join(differs)}")
                self.conflicting += 1
                self.there -= 1
        self.there += len(events) - len(new)
        if new and (person := self._person(code, new[0][0])):
            for event, sender in new:
                self._take(person, event, sender, ids)
            if not self.mistakes:
                person.save()
            person.standing.close()

    def finish(self) -> TakenIn:
        """Write what lies beside the chains. Raises NotTakenError where there were mistakes."""
        if self.mistakes:
            counts = {"created": self.created, "already_there": self.there, "conflicting": self.conflicting}
            raise NotTakenError(self.taking.source, self.mistakes, counts | {"enrolled": self.enrolled})
        self.doing.tx.run_many(RECEIVE, sorted(self._received))
        vault = self.doing.engine.vault
        self.doing.tx.run_many(KEEP, [sealed_notes(vault, chain, beside) for chain, beside in self._notes.items()])
        return TakenIn(self.created, self.there, self.enrolled)

    def _wrong(self, event: Event, column: str, what: str) -> None:
        self.mistakes.append(Mistake(event.place, column, what))

    def _person(self, code: str, first: Event) -> Participant | None:
        participant = self._codes.get(code)
        if participant is not None:
            return self.doing.participant(participant)
        if not self.versions:
            what = f"{quoted(code)} is not known at this site; enrol them first, or give --enrol-under"
            self._wrong(first, "participant", what)
            return None
        person = self.doing.participant(add_participant(self.doing, self.running.site, code))
        begin_enrolment(self.doing, person, self.running, first.on, self.versions, "")
        self.enrolled += 1
        return person

    def _take(self, person: Participant, event: Event, sender: str, ids: dict[str, str]) -> None:
        if event.on > self.today:
            self._wrong(event, "at", f"{event.on} has not come yet: today is {self.today} at the site")
            return
        if event.session not in self._sessions and not self._is_session(event):
            return
        try:
            fact = self._fact(event, ids)
            posted = person.take(fact)
            if not self.taking.allow_partial:
                refuse_partial(posted.lines)
        except RefusedError as error:
            self._wrong(event, "analytes" if isinstance(error, PartialPanelError) else "", str(error))
            return
        if isinstance(fact, EventRecorded):
            ids[sender] = fact.id
        self.created += 1
        seq = person.latest_seq
        self._received.append((self.running.site, sender, person.id, seq))
        if event.reason or event.note:
            self._notes.setdefault(person.id, {})[seq] = (event.reason, event.note)

    def _is_session(self, event: Event) -> bool:
        """Tell whether an event's session can be one; it is looked at once a file."""
        try:
            refuse_session(self.doing, event.session)
        except RefusedError as error:
            self._wrong(event, "session", str(error))
            return False
        self._sessions.add(event.session)
        return True

    def _fact(self, event: Event, ids: dict[str, str]) -> EventRecorded | ResultCorrected:
        if not event.corrects:
            return EventRecorded(
                next(self._ids), event.at, event.on, event.kind, event.result, event.session, self.today
            )
        original = ids.get(event.corrects) or self._event_id(event.corrects)
        return ResultCorrected(original, event.at, event.on, event.result)

    def _event_id(self, sender: str) -> str:
        row = next(iter(_found(self.doing.tx, self.running.site, [sender])), None)
        return str(row[4]) if row else ""

    def _known(self, senders: Sequence[str]) -> dict[str, Row]:
        tx, site = self.doing.tx, self.running.site
        parts = [senders[start : start + AT_ONCE] for start in range(0, len(senders), AT_ONCE)]
        return {row[0]: row for some in parts for row in _found(tx, site, some)}

    def _differs(self, code: str, event: Event, row: Row) -> list[str]:
        """Tell in which columns a row differs from what was recorded under its id."""
        _, chain, seq, *written = row
        fact = read_fact(*written)
        reason, note = note_of(self.doing.tx, self.doing.engine.vault, chain, seq)
        same: dict[str, bool] = {
            "participant": self._codes.get(code) == chain,
            "at": isinstance(fact, EventRecorded | ResultCorrected) and fact.at == event.at,
            "kind": not isinstance(fact, EventRecorded) or fact.kind == event.kind,
            "outcome": isinstance(fact, EventRecorded | ResultCorrected) and fact.result == event.result,
            "session": not isinstance(fact, EventRecorded) or fact.session == event.session,
            "corrects": isinstance(fact, ResultCorrected) == bool(event.corrects),
            "reason": reason == event.reason,
            "note": note == event.note,
        }
        return [column for column, is_same in same.items() if not is_same]


def _by_code(people: Mapping[str, Sequence[Event]]) -> Mapping[str, Sequence[Event]]:
    """Give events by the codes as they are kept: a code that was written in two forms is one person's."""
    if all(known_as(code) == code for code in people):
        return people
    known: dict[str, list[Event]] = {}
    for written, events in people.items():
        code = known_as(written)
        known.setdefault(code, []).extend(event._replace(participant=code) for event in events)
    return known


def _found(tx: Transaction, site: str, senders: Sequence[str]) -> list[Row]:
    """Find rows by their senders' ids: sender, chain, seq, fact, key, body."""
    both = (log.c.chain == received.c.chain) & (log.c.seq == received.c.seq)
    columns = (received.c.sender_id, log.c.chain, log.c.seq, log.c.fact, log.c.key, log.c.body)
    at_site = received.c.site_id == site
    return tx.ask(select(*columns).join_from(received, log, both).where(at_site, received.c.sender_id.in_(senders)))


def _sender_ids(vault: Vault, events: Sequence[Event]) -> Iterator[str]:
    """Give each event's id; one without gets an id that its content gives, so that it is known when it comes again.

    Its notes are content too, so nobody can tell it from the id without the key.
    """
    alike: Counter[str] = Counter()
    for event in events:
        if event.id:
            yield event.id
            continue
        content = repr(event._replace(place=0, written_at=""))
        alike[content] += 1
        yield f"row {vault.index(content).hex()[:32]} {alike[content]}"


def _publish(doing: Doing, program: str, policy: Policy[Any]) -> tuple[str, str]:
    """Publish a policy in a program, if no equal version is there; give its name, and the id of that version."""
    chain = doing.chain(program)
    answer = publish_version(doing, chain, policy, None)
    chain.save("")
    if answer["is_new"]:
        doing.publish()
    return policy.name, answer["version"]
