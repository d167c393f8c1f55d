"""Errors: each is told on a page that says what is wrong and what to do, and nothing about anybody; programs get a problem."""

from http import HTTPStatus

from flask import Flask, g, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from cm_engine.errors import CmError
from cm_engine.store.database import DamagedError, DuplicateError, NoTablesError, StoreError
from web.problems import is_asked_by_program, problem_of

# What waiting does not mend; any other error of the database may pass: it is locked, full, or not there.
BROKEN = (DamagedError, DuplicateError, NoTablesError)

SAID: dict[int, tuple[str, str]] = {
    400: ("This form could not be read", "Go back, load the page again, and send it once more."),
    403: ("This is not yours to open", "Your role does not include it. Ask an admin if it should."),
    404: ("There is nothing here", "The address is mistyped, or it belongs to something you do not work with."),
    405: ("This address takes no such request", "Go back, and use the button there."),
    409: ("This was already sent", "The form had been sent before, with something else in it. Load the page again."),
    413: ("That file is too large", "Choose a smaller one."),
    422: ("This cannot be done", "Look at what is said below."),
    429: ("That was a lot of tries", "Wait a minute, then try again."),
    500: (
        "Something went wrong here",
        "Try again: a form that is sent twice is done once. If it happens again, tell your admin what you did.",
    ),
    503: ("The database cannot be reached", "Wait a moment, and try again: a form that is sent twice is done once."),
}


def add_errors(app: Flask) -> None:
    """Answer every error with its page."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(CmError, _refused)
    app.register_error_handler(StoreError, _store)
    app.register_error_handler(HTTPStatus.INTERNAL_SERVER_ERROR, _http)


def error_page(code: int, said: str = "") -> ResponseReturnValue:
    """Make the page of an error. It asks the database for nothing: that may be what is wrong."""
    g.is_alone = True
    title, advice = SAID.get(code, SAID[500])
    return render_template("errors/error.html", heading=title, said=said, advice=advice), code


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    return problem_of(error) if is_asked_by_program() else error_page(error.code)


def _expired(_: CSRFError) -> ResponseReturnValue:
    return error_page(400)


def _refused(error: CmError) -> ResponseReturnValue:
    return problem_of(error) if is_asked_by_program() else error_page(422, str(error))


def _store(error: StoreError) -> ResponseReturnValue:
    if is_asked_by_program():
        return problem_of(error)
    return error_page(500 if isinstance(error, BROKEN) else 503)
