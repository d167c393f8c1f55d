"""Draw: open earned draws, each sealed; pick a slip; or record what was drawn from a real bowl.

Opening makes 32 random bytes, keeps them sealed outside of the log, and shows their SHA-256. The pick reveals them at once.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import bindparam, delete, insert, select

from cm_engine import ledger
from cm_engine.actions.awards import left_records
from cm_engine.actions.requests import Answer, Doing, Request, answer_participant
from cm_engine.drawing import commitment
from cm_engine.engine import Engine
from cm_engine.exchange.receipt_json import receipt_record
from cm_engine.facts import DrawOpened, DrawResealed, SlipDrawnByHand, SlipPicked
from cm_engine.money import MONEY
from cm_engine.standing import RefusedError
from cm_engine.store.chains import Participant
from cm_engine.store.database import Statement
from cm_engine.store.tables import seals

SEAL = Statement(insert(seals))
SEALED = Statement(select(seals.c.sealed).where(seals.c.draw_id == bindparam("of")))
UNSEAL = Statement(delete(seals).where(seals.c.draw_id == bindparam("of")))

MOST_AT_ONCE = 200


def open_draws(engine: Engine, request: Request, participant: str, policy: str, number: int = 1) -> Answer:
    """Open earned draws of a policy: each gets its bytes, sealed, and shows their SHA-256.

    The answer says what the caps leave of a prize; in a dry run it names no SHA-256, since the bytes that it would be of are
    made when the draw is opened. Raises RefusedError where so many draws are not left.
    """

    def act(doing: Doing, person: Participant) -> Answer:
        standing = person.standing
        left = standing.has(ledger.HELD, ledger.DRAWS, policy)
        if not 1 <= number <= MOST_AT_ONCE:
            raise RefusedError(f"open from 1 to {MOST_AT_ONCE} draws at once, not {number}")
        if number > left:
            raise RefusedError(f"{left} draws of {policy} are left, not {number}")
        today = doing.today(doing.program_of(person).zone)
        version = standing.version(policy, today)
        bowl = standing.bowl(version)
        opened = [_open(doing, person, policy, version, today) for _ in range(number)]
        most = max(slip.value for slip in bowl.slips)
        allowed = person.standing.prize_limit(policy, most, today).allowed
        return {
            "participant": person.id,
            "draws": opened,
            "slips": bowl.size,
            "largest": MONEY.text(most),
            "pays_at_most": MONEY.text(allowed),
            "left": left_records(standing.left(today)),
        }

    return answer_participant(engine, request, participant, ("open draws", {"policy": policy, "number": number}), act)


def pick(engine: Engine, request: Request, participant: str, draw: str, number: int) -> Answer:
    """Pick a slip of an open draw, by a number from 1; the answer is the receipt.

    A dry run tells what the caps leave, and not the slip: nobody may look before picking.
    """

    def act(doing: Doing, person: Participant) -> Answer:
        standing = person.standing
        if draw not in standing.draws:
            raise RefusedError(f"there is no open draw {draw}; its slip may be picked already")
        opened = standing.draws[draw]
        today = doing.today(doing.program_of(person).zone)
        bowl = standing.bowl(opened.version)
        if not 1 <= number <= bowl.size:
            raise RefusedError(f"pick a number from 1 to {bowl.size}, not {number}")
        if request.dry_run:
            most = max(slip.value for slip in bowl.slips)
            return {"draw": draw, "pays_at_most": MONEY.text(standing.prize_limit(opened.policy, most, today).allowed)}
        secret = secret_of(doing, draw)
        receipt = standing.receipt(draw, number, secret, today)
        person.take(SlipPicked(draw, number, secret.hex(), receipt.slip, today))
        doing.tx.run(UNSEAL, {"of": draw})
        return receipt_record(receipt)

    return answer_participant(engine, request, participant, ("pick", {"draw": draw, "number": number}), act)


def draw_by_hand(engine: Engine, request: Request, participant: str, policy: str, label: str) -> Answer:
    """Record the label of a slip that was drawn from a real bowl."""

    def act(doing: Doing, person: Participant) -> Answer:
        today = doing.today(doing.program_of(person).zone)
        draw = doing.new_id()
        posted = person.take(SlipDrawnByHand(draw, policy, person.standing.version(policy, today), label, today))
        won = [entry for entry in posted.entries if entry.credit != ledger.account(ledger.USED, person.id)]
        return {"participant": person.id, "draw": draw, "label": label, "won": [entry.credit for entry in won]}

    asked = {"policy": policy, "label": label}
    return answer_participant(engine, request, participant, ("draw by hand", asked), act)


def reseal(engine: Engine, request: Request, participant: str) -> Answer:
    """Give every open draw of a participant new bytes, because a copy of the old ones may be about."""
    return answer_participant(engine, request, participant, ("reseal", {}), reseal_open)


def reseal_open(doing: Doing, person: Participant) -> Answer:
    """Give every open draw of a participant new bytes, in a transaction."""
    for draw in list(person.standing.draws):
        secret = doing.engine.dice.secret()
        person.take(DrawResealed(draw, commitment(secret)))
        doing.tx.run(UNSEAL, {"of": draw})
        _seal(doing, person, draw, secret)
    return {"participant": person.id, "resealed": len(person.standing.draws)}


def reseal_all(doing: Doing, participants: Iterable[str]) -> int:
    """Give every open draw of several participants new bytes, also one whose bytes are gone; give how many."""
    count = 0
    for participant in participants:
        person = doing.participant(participant)
        count += reseal_open(doing, person)["resealed"]
        person.save()
    return count


def secret_of(doing: Doing, draw: str) -> bytes:
    """Open the bytes of a draw. Raises RefusedError where they are lost."""
    row = doing.tx.row(SEALED, {"of": draw})
    if row is None:
        raise RefusedError(f"the sealed bytes of draw {draw} are lost; have an admin reseal it")
    return doing.engine.vault.open_bytes(bytes(row[0]))


def _open(doing: Doing, person: Participant, policy: str, version: str, on: date) -> Answer:
    draw, secret = doing.new_id(), doing.engine.dice.secret()
    person.take(DrawOpened(draw, policy, version, commitment(secret), on))
    _seal(doing, person, draw, secret)
    return {"draw": draw, "sha256": None if doing.request.dry_run else commitment(secret)}


def _seal(doing: Doing, person: Participant, draw: str, secret: bytes) -> None:
    sealed = doing.engine.vault.seal_bytes(secret)
    doing.tx.run(SEAL, {"draw_id": draw, "chain": person.id, "sealed": sealed})
