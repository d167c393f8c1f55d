"""Errors at the kiosk: told kindly, in the reader's language, and nothing about anybody.

Whatever stands behind the kiosk's address is answered here, so that a tablet never shows a page of the staff's.
"""

from http import HTTPStatus

from flask import abort, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from cm_engine.errors import CmError
from cm_engine.store.database import StoreError
from web.doors import open_to_all
from web.kiosk.rooms import kiosk


@kiosk.route("/", methods=["GET", "POST"])
@open_to_all
def begin_again() -> ResponseReturnValue:
    """Lead to the first page whoever typed one letter more."""
    return redirect(url_for("kiosk.welcome"), 303)


@kiosk.route("/<path:_>", methods=["GET", "POST"])
@open_to_all
def nowhere(_: str) -> ResponseReturnValue:
    """Answer where there is no page, or none that is asked so."""
    abort(404)


@kiosk.errorhandler(HTTPException)
@kiosk.errorhandler(HTTPStatus.BAD_REQUEST)
@kiosk.errorhandler(HTTPStatus.INTERNAL_SERVER_ERROR)
def refused(error: HTTPException) -> ResponseReturnValue:
    """Lead back from a page that is not there, or a form that came too late."""
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    return _page(error.code)


@kiosk.errorhandler(CmError)
def failed(error: CmError) -> ResponseReturnValue:
    """Say that nothing was lost, where the engine could not do something or the database cannot be reached."""
    return _page(503 if isinstance(error, StoreError) else 422, is_busy=True)


def _page(code: int, *, is_busy: bool = False) -> ResponseReturnValue:
    """Make the page of an error. It asks the database for nothing, also where somebody of the staff uses the browser."""
    g.is_alone = True
    return render_template("kiosk/error.html", is_busy=is_busy or code >= HTTPStatus.INTERNAL_SERVER_ERROR), code
