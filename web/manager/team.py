"""The team: what each of the staff did over a period."""

from flask import render_template
from flask.typing import ResponseReturnValue

from cm_engine.actions import figures
from web.access import Permission
from web.at_hand import engine, today
from web.at_hand import program as running_of
from web.doors import needs
from web.manager.period import chosen
from web.manager.rooms import manager


@manager.get("/programs/<program>/team")
@needs(Permission.SEE_TEAM)
def team(program: str) -> ResponseReturnValue:
    """Show what each of the staff did."""
    running = running_of(program)
    choice = chosen(today(running))
    told = figures.team(engine(), program, choice.period)
    return render_template("manager/team.html", running=running, choice=choice, told=told)
