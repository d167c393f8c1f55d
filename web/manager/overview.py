"""The overview: how the program does, as of the last time that its figures were summed up; and who is near a cap."""

from functools import lru_cache

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from markupsafe import Markup

from cm_engine.actions.compare import marked
from cm_engine.actions.figures import figures, summed
from cm_engine.actions.roll_up import roll_up
from cm_engine.engine import Engine
from cm_engine.explain import CAPS
from cm_engine.periods import Period
from web.access import Permission
from web.at_hand import engine, here, published, today
from web.at_hand import program as running_of
from web.charts import drawn
from web.doors import needs
from web.filters import sentence
from web.manager.period import chosen
from web.manager.rooms import manager
from web.manager.told import charts, key_figures
from web.people import called_all
from web.viewer import viewer

CAP_NAMES = dict[str, str](CAPS.items())


@manager.get("/programs/<program>/overview", endpoint="overview")
@needs(Permission.SEE_FIGURES)
def show(program: str) -> ResponseReturnValue:
    """Show the key figures, the charts and the caps."""
    running = running_of(program)
    choice = chosen(today(running))
    sums = summed(engine())
    stands = (sums, published().stamp, today(running), str(get_locale()))
    told = _told(engine(), program, choice.period, stands) if sums else ""
    moment = sums.as_of if sums else None
    return render_template("manager/overview.html", running=running, choice=choice, moment=moment, figures=told)


@lru_cache(maxsize=128)
def _told(of: Engine, program: str, period: Period, _stands: tuple[object, ...]) -> Markup:
    """Tell the figures; it is remembered until something they stand on is another: sums, what is published, the day."""
    told = figures(of, program, period)
    drawings = [(one, drawn(one.chart)) for one in charts(told)]
    shown = {"running": running_of(program), "told": told, "stats": key_figures(told), "charts": drawings}
    return Markup(render_template("manager/figures.html", **shown))  # noqa: S704 - the template escaped it


@manager.post("/programs/<program>/overview/refresh")
@needs(Permission.SEE_FIGURES)
def refresh(program: str) -> ResponseReturnValue:
    """Sum up what is new."""
    roll_up(engine())
    flash("The figures are up to date.", "good")
    again = chosen(today(running_of(program))).again
    return redirect(url_for("manager.overview", program=program, **again), 303)


@manager.get("/programs/<program>/overview/caps")
@needs(Permission.SEE_FIGURES)
def near(program: str) -> ResponseReturnValue:
    """List who is at a cap, or near it."""
    what = request.args.get("what", "")
    _, near_it, per, amount, source = (
        what.split(":", 4) if what.startswith("cap:") and what.count(":") >= 4 else [""] * 5
    )
    if near_it not in {"at", "near"}:
        abort(404)
    found = marked(engine(), program, what, request.args.get("behind", ""))
    return render_template(
        "manager/near.html",
        running=running_of(program),
        what=what,
        heading="At a cap" if near_it == "at" else "Near a cap",
        under=sentence(f"{CAP_NAMES.get(per, per)} of {source}: {amount}"),
        to_person=viewer().may(Permission.SEE_PEOPLE, here()),
        people=found["people"],
        more=found["more"],
        called=called_all([one["participant"] for one in found["people"]]),
    )
