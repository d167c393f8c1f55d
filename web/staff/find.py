"""Find: somebody by name, by code, or by the QR code of their card, which a scanner types into the same box.

What was typed is sent in the body, so that no name stands in an address.
"""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cm_engine.actions.cards import find_by_card
from cm_engine.actions.find import find as found_by
from web.access import Permission
from web.at_hand import engine, here, published, today
from web.at_hand import program as program_at
from web.doors import needs
from web.people import called_all
from web.staff.rooms import staff
from web.viewer import viewer


@staff.get("/programs/<program>/people")
@needs(Permission.FIND_PEOPLE)
def find(program: str) -> ResponseReturnValue:
    """Show the box to find somebody."""
    return _page(program, "")


@staff.post("/programs/<program>/people")
@needs(Permission.FIND_PEOPLE)
def found(program: str) -> ResponseReturnValue:
    """Find; who is meant beyond doubt is gone to at once."""
    typed = request.form.get("typed", "").strip()
    card = find_by_card(engine(), typed, here()) if typed else None
    if card:
        return redirect(url_for("staff.person", participant=card), 303)
    by_name = viewer().may(Permission.SEE_NAMES, here())
    answer = found_by(engine(), here(), typed, by_name=by_name)
    people = answer["people"]
    if len(people) == 1:
        return redirect(url_for("staff.person", participant=people[0]["participant"]), 303)
    return _page(program, typed, people, is_more=answer["more"])


def _page(id_: str, typed: str, people: list[dict[str, Any]] | None = None, *, is_more: bool = False) -> str:
    names = called_all([one["participant"] for one in people]) if people else {}
    titles = {running.id: running.terms[-1][1].title for running in published().programs.values()}
    on = today(program_at(id_)).isoformat()
    return render_template(
        "staff/find.html",
        typed=typed,
        people=sorted(people or [], key=lambda one: names[one["participant"]].casefold()),
        names=names,
        titles=titles,
        program=id_,
        today=on,
        is_asked=people is not None,
        is_more=is_more,
        by_name=viewer().may(Permission.SEE_NAMES, here()),
    )
