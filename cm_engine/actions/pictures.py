"""Pictures: show what a prize looks like, or no more."""

import hashlib

from cm_engine.actions.requests import Answer, Doing, Request, answer_program
from cm_engine.engine import Engine
from cm_engine.exchange.picture_file import MEDIA_TYPE, small_picture
from cm_engine.standing import RefusedError
from cm_engine.store.cabinet import hold_prize
from cm_engine.store.chains import Chain
from cm_engine.store.pictures import Picture, picture_by, put_picture, take_picture


def show_picture(engine: Engine, request: Request, program: str, prize: str, content: bytes) -> Answer:
    """Let a prize look like a picture that was sent in. Raises PictureError for what is none."""
    small = small_picture(content)

    def act(doing: Doing, _: Chain) -> Answer:
        _refuse_another(doing, program, prize)
        picture = doing.new_id()
        put_picture(doing.tx, prize, picture, MEDIA_TYPE, small)
        return {"prize": prize, "picture": picture}

    digest = hashlib.sha256(content).hexdigest()
    return answer_program(engine, request, program, ("show picture", {"prize": prize, "sha256": digest}), act)


def remove_picture(engine: Engine, request: Request, program: str, prize: str) -> Answer:
    """Take a prize's picture away; what it is then drawn as goes by its class."""

    def act(doing: Doing, _: Chain) -> Answer:
        _refuse_another(doing, program, prize)
        return {"prize": prize, "removed": take_picture(doing.tx, prize)}

    return answer_program(engine, request, program, ("remove picture", {"prize": prize}), act)


def picture(engine: Engine, picture_id: str) -> Picture | None:
    """Give a picture by its id; None where there is none."""
    with engine.database.reading() as tx:
        return picture_by(tx, picture_id)


def _refuse_another(doing: Doing, program: str, prize: str) -> None:
    if hold_prize(doing.tx, prize)[1] != program:
        raise RefusedError(f"there is no prize {prize} in this program")
