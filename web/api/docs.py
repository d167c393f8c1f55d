"""The document as programs read it, and the page made of it that people read."""

from flask import Blueprint, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.access import SCOPES, scope_of
from web.api.document import document
from web.api.telling import called_by, kept_command, parts
from web.at_hand import options
from web.doors import open_to_all
from web.problems import KINDS

docs = Blueprint("api_docs", __name__, url_prefix="/api/v1")

# In which order the page tells of things.
ORDER = ("Programs", "Participants", "Events", "Account", "Draws", "Prizes")

# The calls by which a newcomer records an event.
FIRST_EVENT = ("list_programs", "enrol_participant", "record_event")


@docs.get("/openapi.json")
@open_to_all
def openapi() -> ResponseReturnValue:
    """Give the document."""
    answer = jsonify(document())
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@docs.get("/")
@open_to_all
def root() -> ResponseReturnValue:
    """Lead whoever looks for the calls to their page."""
    return redirect(url_for("api_docs.page"))


@docs.get("/docs")
@open_to_all
def page() -> ResponseReturnValue:
    """Show what every call does, from a first event on."""
    g.is_alone = True
    told = sorted(parts(document()), key=lambda part: ORDER.index(part.name))
    by_name = {operation.name: operation for part in told for operation in part.operations}
    return render_template(
        "api/docs.html",
        about=document()["info"]["description"],
        address=request.host_url.rstrip("/"),
        parts=told,
        first=[by_name[name] for name in FIRST_EVENT],
        called_by=called_by,
        kept_command=kept_command,
        kinds=KINDS,
        scopes={scope_of(permission): str(permission) for permission in SCOPES},
        often=options().settings.calls_per_minute,
    )
