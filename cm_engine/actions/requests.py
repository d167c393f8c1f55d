"""Requests: each is answered once. The same key with the same content gets the first answer again.

A request's key is made by whoever asks. An action is one transaction; in a dry run everything happens the same, and then
is not written.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import bindparam, insert, select

from cm_engine.clock import written
from cm_engine.engine import Engine
from cm_engine.errors import CmError, quoted
from cm_engine.ids import id_of
from cm_engine.rulebook import NotInTheRulebookError
from cm_engine.standing import RefusedError, Standing
from cm_engine.store.chains import Chain, Held, Participant, hold_chain
from cm_engine.store.database import DuplicateError, PassingError, Statement, Transaction
from cm_engine.store.published import Published, Running, read_published
from cm_engine.store.staff import hold_staff
from cm_engine.store.stamp import stamp
from cm_engine.store.tables import requests

ANSWERED = Statement(select(requests.c.content, requests.c.answer).where(requests.c.key == bindparam("of")))
KEEP = Statement(insert(requests))

# Who asks where no person does: a job.
SYSTEM = "system"
# What stands in a chain's place where a request is about the staff.
STAFF = "staff"
TRIES = 3

Answer = dict[str, Any]
Result = TypeVar("Result")


class ConflictError(CmError):
    """The key of an earlier request that asked for something else."""


class Request(NamedTuple):
    """A client-made key, who asks (a random id), and whether it is only to be tried."""

    key: str
    actor: str
    dry_run: bool = False


class Doing:
    """An action under way: its transaction, the moment, what is published, and the chain it holds."""

    def __init__(self, engine: Engine, tx: Transaction, request: Request) -> None:
        self.engine = engine
        self.tx = tx
        self.request = request
        self.now: datetime = engine.clock()
        self.recorded_at = written(self.now)
        self.published: Published = engine.published(tx)
        self.is_read_anew = False
        self.saved: Participant | None = None
        self._made = 0

    def new_id(self) -> str:
        """Make the next id of this request; the same again in a retry."""
        self._made += 1
        return id_of(self.request.key, self._made)

    def participant(self, participant: str) -> Participant:
        """Hold a participant's chain."""
        return self._hold(participant).participant(self.tx, self.published.rulebook, self.engine.remembered)

    def chain(self, program: str) -> Chain:
        """Hold a program's chain."""
        return self._hold(program).chain

    def _hold(self, name: str) -> Held:
        """Hold a chain; where something was published since this process read it, read it anew."""
        held = hold_chain(self.tx, name, self.recorded_at, self.request.actor)
        if held.stamp != self.published.stamp:
            self.read_anew()
        return held

    def program(self, program: str) -> Running:
        """Give a program. Raises RefusedError where there is none."""
        if program not in self.published.programs:
            self.read_anew()
        if program not in self.published.programs:
            raise RefusedError(f"there is no program {quoted(program)}")
        return self.published.programs[program]

    def read_anew(self) -> None:
        """Read what is published as this transaction sees it; others see it once this one has ended."""
        self.published = read_published(self.tx, self.engine.analytes)
        self.is_read_anew = True

    def publish(self) -> None:
        """Let every process know that something was published."""
        stamp(self.tx, f"{self.recorded_at} {self.request.key}")
        self.read_anew()

    def program_of(self, person: Participant) -> Running:
        """Give the program that a participant was last in. Raises RefusedError for somebody who never was in one."""
        return self.program_in(person.standing)

    def program_in(self, standing: Standing) -> Running:
        """Give the program that somebody was last in, by where they stand. Raises RefusedError like `program_of`."""
        if not standing.enrolments:
            raise RefusedError("this participant was never enrolled; enrol first")
        latest = next(reversed(standing.enrolments.values()))
        return self.program(latest.places[-1].program)

    def today(self, zone: ZoneInfo) -> date:
        """Give the date of now in a site's time zone."""
        return self.now.astimezone(zone).date()


def answer_participant(
    engine: Engine,
    request: Request,
    participant: str,
    content: tuple[str, Mapping[str, object]],
    act: Callable[[Doing, Participant], Answer],
) -> Answer:
    """Answer a request that adds to a participant's chain; `content` is the action's name and what it asks for."""

    def hold_and_act(doing: Doing) -> tuple[Callable[[], Answer], str]:
        person = doing.participant(participant)

        def go() -> Answer:
            answer = act(doing, person)
            person.save()
            doing.saved = person
            return answer

        return go, participant

    return _answer(engine, request, (content[0], {"participant": participant, **content[1]}), hold_and_act)


def answer_program(
    engine: Engine,
    request: Request,
    program: str,
    content: tuple[str, Mapping[str, object]],
    act: Callable[[Doing, Chain], Answer],
) -> Answer:
    """Answer a request that adds to a program's chain."""

    def hold_and_act(doing: Doing) -> tuple[Callable[[], Answer], str]:
        chain = doing.chain(program)

        def go() -> Answer:
            answer = act(doing, chain)
            chain.save("")
            return answer

        return go, program

    return _answer(engine, request, (content[0], {"program": program, **content[1]}), hold_and_act)


def answer_staff(
    engine: Engine,
    request: Request,
    content: tuple[str, Mapping[str, object]],
    act: Callable[[Doing], Answer],
) -> Answer:
    """Answer a request that changes who may sign in, and as what; the answer is kept, and must hold no secret."""

    def hold_and_act(doing: Doing) -> tuple[Callable[[], Answer], str]:
        hold_staff(doing.tx)
        return lambda: act(doing), STAFF

    return _answer(engine, request, content, hold_and_act)


def was_answered(engine: Engine, request: Request) -> bool:
    """Tell whether a request was answered already: asked again, it gets the first answer."""
    with engine.database.reading() as tx:
        return tx.row(ANSWERED, {"of": request.key}) is not None


def _answer(
    engine: Engine,
    request: Request,
    content: tuple[str, Mapping[str, object]],
    hold: Callable[[Doing], tuple[Callable[[], Answer], str]],
) -> Answer:
    """Hold the chain, look whether the request was answered before, or else act and keep the answer.

    What was asked for may name somebody; it is known again by its index, which only the key gives.
    """
    asked = orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=list)
    digest = engine.vault.index(asked.decode())

    def go(doing: Doing) -> Answer:
        act, chain = hold(doing)
        known = doing.tx.row(ANSWERED, {"of": request.key})
        if known is not None:
            return _again(known, digest)
        answer = act()
        doing.tx.run(
            KEEP,
            {
                "key": request.key,
                "chain": answer.get("participant", chain),
                "content": digest,
                "answer": orjson.dumps(answer).decode(),
                "made_at": doing.recorded_at,
            },
        )
        return answer

    return doing_it(engine, request, go)


def doing_it(engine: Engine, request: Request, act: Callable[[Doing], Result]) -> Result:
    """Act in one transaction.

    Once more where somebody else got there first, so that their answer is found; where the connection was lost, or two
    waited for each other; and where something was published that this process has not read yet.
    """
    for _ in range(TRIES - 1):
        try:
            return _do(engine, request, act)
        except NotInTheRulebookError:
            engine.forget()
        except (DuplicateError, PassingError):
            continue
    return _do(engine, request, act)


def _do(engine: Engine, request: Request, act: Callable[[Doing], Result]) -> Result:
    doing: Doing | None = None
    try:
        with engine.database.writing(dry_run=request.dry_run) as tx:
            doing = Doing(engine, tx, request)
            result = act(doing)
        if doing.saved is not None and not request.dry_run:
            engine.remembered.keep(doing.saved.id, doing.saved.stood)
        return result
    finally:
        if doing is not None and doing.is_read_anew:
            engine.forget()


def _again(known: tuple[Any, ...], digest: bytes) -> Answer:
    content, answer = known
    if bytes(content) != digest:
        raise ConflictError("this key was used before, to ask for something else; make a new key for a new request")
    first: Answer = orjson.loads(answer)
    return first
