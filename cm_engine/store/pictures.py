"""Pictures of prizes: one a prize, found by an id that changes with it."""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select

from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import pictures, prizes

OF_PROGRAM = Statement(
    select(pictures.c.prize_id, pictures.c.id)
    .join_from(pictures, prizes)
    .where(prizes.c.program_id == bindparam("program"))
)
BY_ID = Statement(
    select(prizes.c.program_id, pictures.c.media_type, pictures.c.content)
    .join_from(pictures, prizes)
    .where(pictures.c.id == bindparam("of"))
)
KEEP = Statement(insert(pictures))
REMOVE = Statement(delete(pictures).where(pictures.c.prize_id == bindparam("of")))


class Picture(NamedTuple):
    """A picture, and the program whose cabinet the prize is in."""

    program: str
    media_type: str
    content: bytes


def pictures_of(tx: Transaction, program: str) -> dict[str, str]:
    """Give the ids of the pictures of a program's prizes, by prize."""
    return dict(map(tuple, tx.rows(OF_PROGRAM, {"program": program})))


def picture_by(tx: Transaction, picture: str) -> Picture | None:
    """Give a picture by its id; None where there is none."""
    row = tx.row(BY_ID, {"of": picture})
    return Picture(row[0], row[1], bytes(row[2])) if row else None


def put_picture(tx: Transaction, prize: str, picture: str, media_type: str, content: bytes) -> None:
    """Let a prize look so; what it looked like before is gone."""
    take_picture(tx, prize)
    tx.run(KEEP, {"prize_id": prize, "id": picture, "media_type": media_type, "content": content})


def take_picture(tx: Transaction, prize: str) -> int:
    """Let a prize have no picture; give how many it had."""
    return tx.run(REMOVE, {"of": prize})
