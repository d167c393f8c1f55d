"""Programs: what a token may work with, by the names that other calls take."""

from typing import Any

from marshmallow import fields

from cm_engine.actions.requests import Answer
from cm_engine.store.published import Running
from web.api.at_hand import programs, site_name
from web.api.calls import Call, reads
from web.api.fields import Day, Told, say
from web.at_hand import today


class ProgramSchema(Told):
    """A program, as it is today."""

    program = fields.String(metadata=say("its name"))
    site = fields.String(metadata=say("the name of its site"))
    title = fields.String(metadata=say("what people call it"))
    timezone = fields.String(metadata=say("the site's time zone", "America/Los_Angeles"))
    today = Day("the date there")
    policies = fields.List(fields.String(), metadata=say("the policies that who is enrolled today is under, by name"))
    payers = fields.List(fields.String(), metadata=say("whose money it may be, by name"))
    panel = fields.List(fields.String(), metadata=say("the analytes that its tests look for"))


class ProgramsSchema(Told):
    """The programs at the token's sites."""

    programs = fields.List(fields.Nested(ProgramSchema), metadata=say("by site and name"))


@reads(Call("/programs", None, "Programs", ProgramsSchema))
def list_programs(_: dict[str, Any]) -> Answer:
    """List the programs that the token is for.

    Any token may ask: a good first call.
    """
    return {"programs": [_told(running) for running in programs()]}


def _told(running: Running) -> Answer:
    on = today(running)
    terms = running.on(on)
    return {
        "program": running.name,
        "site": site_name(running),
        "title": terms.title,
        "timezone": running.zone.key,
        "today": on.isoformat(),
        "policies": list(terms.policies),
        "payers": [payer.name for payer in terms.payers],
        "panel": list(terms.testing.panel),
    }
