"""The cabinet: what is in it, what runs low; putting prizes in, counting them, and showing what they look like."""

from typing import NamedTuple

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.pictures import picture as kept_picture
from cm_engine.actions.pictures import remove_picture, show_picture
from cm_engine.actions.shelves import shelves
from cm_engine.actions.stock import count_stock, restock
from cm_engine.errors import CmError
from cm_engine.exchange.picture_file import LARGEST
from web.access import Permission
from web.at_hand import asked, engine
from web.at_hand import program as program_at
from web.doors import needs, open_to_all
from web.staff.rooms import staff

MOST = 100_000


class Wrong(NamedTuple):
    """What is wrong with which field of which prize, and what was typed there."""

    prize: str
    field: str
    said: str
    typed: str = ""


@staff.get("/programs/<program>/cabinet")
@needs(Permission.STOCK)
def cabinet(program: str) -> ResponseReturnValue:
    """Show the cabinet."""
    return _page(program)


@staff.post("/programs/<program>/cabinet/<prize>/restock")
@needs(Permission.STOCK)
def restocked(program: str, prize: str) -> ResponseReturnValue:
    """Put some of a prize in."""
    number = _number("number")
    if not number:
        return _page(program, _wrong(prize, "number", f"Type how many you put in: a number from 1 to {MOST:,}."))
    try:
        told = restock(engine(), asked(request.path), program, prize, number)
    except CmError as error:
        return _page(program, _wrong(prize, "number", str(error)))
    flash(f"{number:,} put in: {told['on_hand']:,} of {told['name']} are there now.", "good")
    return redirect(url_for("staff.cabinet", program=program), 303)


@staff.post("/programs/<program>/cabinet/<prize>/count")
@needs(Permission.STOCK)
def counted(program: str, prize: str) -> ResponseReturnValue:
    """Take down what a count found, and say how that differs from the books."""
    found = _number("found")
    if found is None:
        return _page(program, _wrong(prize, "found", f"Type how many you counted: a number from 0 to {MOST:,}."))
    try:
        told = count_stock(engine(), asked(request.path), program, prize, found)
    except CmError as error:
        return _page(program, _wrong(prize, "found", str(error)))
    flash(f"{told['name']}: {_difference(told['missing'], found)}", "warn" if told["missing"] else "good")
    return redirect(url_for("staff.cabinet", program=program), 303)


@staff.post("/programs/<program>/cabinet/<prize>/picture")
@needs(Permission.STOCK)
def pictured(program: str, prize: str) -> ResponseReturnValue:
    """Show what a prize looks like."""
    sent = request.files.get("picture")
    try:
        show_picture(engine(), asked(request.path), program, prize, sent.read(LARGEST + 1) if sent else b"")
    except CmError as error:
        return _page(program, _wrong(prize, "picture", str(error)))
    flash("The picture is there.", "good")
    return redirect(url_for("staff.cabinet", program=program), 303)


@staff.post("/programs/<program>/cabinet/<prize>/picture/remove")
@needs(Permission.STOCK)
def unpictured(program: str, prize: str) -> ResponseReturnValue:
    """Show a drawing instead of a picture."""
    try:
        remove_picture(engine(), asked(request.path), program, prize)
    except CmError as error:
        return _page(program, _wrong(prize, "picture", str(error)))
    return redirect(url_for("staff.cabinet", program=program), 303)


@staff.get("/pictures/<picture>")
@open_to_all
def picture(picture: str) -> ResponseReturnValue:
    """Give a prize's picture; its address changes with it, so a browser may keep it for good."""
    kept = kept_picture(engine(), picture)
    if kept is None:
        abort(404)
    answer = Response(kept.content, mimetype=kept.media_type)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def _number(field: str) -> int | None:
    typed = request.form.get(field, "").strip()
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= len(str(MOST)) else None
    return number if number is not None and number <= MOST else None


def _wrong(prize: str, field: str, said: str) -> Wrong:
    return Wrong(prize, field, f"{said[0].upper()}{said[1:]}", request.form.get(field, ""))


def _difference(missing: int, found: int) -> str:
    if not missing:
        return f"{found:,} counted, as the books say."
    how = f"{missing:,} fewer" if missing > 0 else f"{-missing:,} more"
    return f"{found:,} counted, {how} than the books said. The books are put right, and it is on record."


def _page(program: str, wrong: Wrong | None = None) -> ResponseReturnValue:
    page = render_template(
        "staff/cabinet.html",
        program=program,
        zone=program_at(program).zone,
        told=shelves(engine(), program),
        wrong=wrong,
        largest=LARGEST // 1024,
    )
    return page, 422 if wrong else 200
