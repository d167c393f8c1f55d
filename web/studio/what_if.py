"""What if: a program's own history under a draft, beside what was posted."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from cm_engine.actions.what_if import Wanted, what_if
from cm_engine.errors import CmError
from cm_engine.store.published import Running
from web.access import Permission
from web.at_hand import engine, today
from web.at_hand import program as running_of
from web.doors import needs
from web.people import called_all
from web.studio import at_draft
from web.studio.reading import read_text
from web.studio.rooms import studio
from web.studio.telling import HERE, Answer, Progress, telling

# As many people as are listed; all of them count.
MOST_LISTED = 300


@studio.get("/programs/<program>/studio/<draft>/what-if")
@needs(Permission.DRAFT_POLICIES)
def what_if_told(program: str, draft: str) -> ResponseReturnValue:
    """Tell what the program's history would have paid under a draft."""
    running, found = running_of(program), at_draft.draft_of(program, draft)
    read, from_day = read_text(found.text), _day(request.args.get("from", ""))
    shown: dict[str, Any] = {
        "running": running,
        "draft": found,
        "from_day": from_day,
        "here": HERE,
        "mended": read.to_mend,
    }
    page = render_template("studio/what_if.html", **shown)
    if read.policy is None:
        return page
    wanted = Wanted(running.id, {found.policy: read.policy}, from_day)
    of = engine()

    def work(progress: Progress) -> Answer:
        try:
            return {"told": what_if(of, wanted, progress)}
        except CmError as error:
            return {"refused": str(error)}

    return telling(page, work, lambda answer: _told(running, answer), "people")


def _told(running: Running, answer: Answer) -> str:
    if "refused" in answer:
        return render_template("studio/refused.html", refused=answer["refused"])
    told = answer["told"]
    listed = sorted(filter(_differs, told["people"]), key=_how_far, reverse=True)[:MOST_LISTED]
    ids = {one["participant"] for one in [*listed, *told["winners"], *told["losers"]]}
    return render_template(
        "studio/what_if_told.html",
        running=running,
        told=told,
        listed=listed,
        called=called_all(ids),
        today=today(running),
    )


def _differs(share: dict[str, Any]) -> bool:
    return any(pair["before"] != pair["after"] for pair in [*share["amounts"], share["value"]])


def _how_far(share: dict[str, Any]) -> Decimal:
    """Give by how much money it differs, either way."""
    return abs(Decimal(share["value"]["difference"]))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
