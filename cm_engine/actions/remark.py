"""Remark: what a participant writes to staff ("this isn't right"), and what staff reply. Both are sealed, and never changed."""

from typing import NamedTuple

from cm_engine.actions.requests import Answer, Doing, Request, answer_participant
from cm_engine.engine import Engine
from cm_engine.facts import Fact
from cm_engine.standing import RefusedError
from cm_engine.store.chains import Participant
from cm_engine.store.history import staff_names
from cm_engine.store.remarks import Remark, facts_about, keep_remark, keep_reply, remarks_in, remarks_of

LONGEST = 1000
MOST_SHOWN = 100


class NothingSaidError(RefusedError):
    """A remark or reply without words, or with too many."""


class Told(NamedTuple):
    """A remark with the fact that it is about, if it is about one, and the name of who replied."""

    remark: Remark
    about: Fact | None
    by: str


def remark(engine: Engine, request: Request, participant: str, text: str, about: str = "") -> Answer:
    """Keep what a participant wrote, about an event, draw or redemption of theirs or about nothing in particular."""
    said = _said(text)

    def act(doing: Doing, person: Participant) -> Answer:
        id_ = doing.new_id()
        keep_remark(doing.tx, engine.vault, id_, person.id, (about, said, doing.recorded_at))
        return {"participant": person.id, "remark": id_}

    return answer_participant(engine, request, participant, ("remark", {"text": said, "about": about}), act)


def reply(engine: Engine, request: Request, participant: str, remark: str, text: str) -> Answer:
    """Keep what staff reply. Raises RefusedError where somebody has replied already, or there is no such remark."""
    said = _said(text)

    def act(doing: Doing, person: Participant) -> Answer:
        written = {one.id: one for one in remarks_of(doing.tx, engine.vault, person.id, MOST_SHOWN)}
        if remark not in written:
            raise RefusedError("there is no such remark of this participant")
        if written[remark].replied_by:
            raise RefusedError("somebody has replied to this already; load the page again to see what they said")
        keep_reply(doing.tx, engine.vault, remark, (said, request.actor, doing.recorded_at))
        return {"participant": person.id, "remark": remark}

    return answer_participant(engine, request, participant, ("reply", {"remark": remark, "text": said}), act)


def remarks_by(engine: Engine, participant: str) -> list[Remark]:
    """Give what a participant wrote, the latest first, with the replies."""
    with engine.database.reading() as tx:
        return remarks_of(tx, engine.vault, participant, MOST_SHOWN)


def remarks_at(engine: Engine, program: str, *, are_open: bool) -> list[Told]:
    """Give what people of a program wrote: what waits for a reply, the earliest first; or else the latest replies."""
    with engine.database.reading() as tx:
        found = remarks_in(tx, engine.vault, program, are_open=are_open, most=MOST_SHOWN)
        facts = facts_about(tx, [one.about for one in found if one.about])
        names = staff_names(tx, {one.replied_by for one in found if one.replied_by})
    return [Told(one, facts.get(one.about), names.get(one.replied_by or "", "")) for one in found]


def _said(text: str) -> str:
    said = text.strip()
    if not said:
        raise NothingSaidError("write a few words first")
    if len(said) > LONGEST:
        raise NothingSaidError(f"write at most {LONGEST} characters; this has {len(said)}")
    return said
