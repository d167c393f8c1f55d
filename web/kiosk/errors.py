"""Errors at the kiosk: told kindly, in the reader's language, and nothing about anybody."""

from flask import render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from cm_engine.errors import CmError
from cm_engine.store.database import StoreError
from web.kiosk.rooms import kiosk


@kiosk.errorhandler(HTTPException)
def refused(error: HTTPException) -> ResponseReturnValue:
    """Lead back from a page that is not there, or a form that came too late."""
    if error.code is None or error.code < 400:
        return error.get_response()
    return render_template("kiosk/error.html", is_busy=error.code >= 500), error.code


@kiosk.errorhandler(CmError)
def failed(error: CmError) -> ResponseReturnValue:
    """Say that nothing was lost, where the engine could not do something or the database cannot be reached."""
    return render_template("kiosk/error.html", is_busy=True), 503 if isinstance(error, StoreError) else 422
