"""Failures: what went wrong in a request is told in the process log by its kind and its way, with the request's id; never by its words."""

from typing import TYPE_CHECKING

from flask import Flask, request

from cm_engine.process_log import blamed, tell
from cm_engine.store.database import StoreError
from web.request_id import ERROR, request_id

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.wrappers import Response


class Application(Flask):
    """An application that tells its failures itself: what Flask would tell of them has the address in it, and the words of the error."""

    def handle_user_exception(self, e: Exception) -> "Response | ResponseReturnValue":
        """Tell what the database could not do, which is answered with a page or a problem."""
        if isinstance(e, StoreError):
            _tell(e)
        return super().handle_user_exception(e)

    def log_exception(self, exc_info: object) -> None:
        """Tell what nobody expected."""
        if isinstance(exc_info, tuple) and isinstance(exc_info[1], BaseException):
            _tell(exc_info[1])


def _tell(error: BaseException) -> None:
    request.environ[ERROR] = type(error).__name__
    route = request.url_rule.rule if request.url_rule else None
    tell("failed", request=request_id(), route=route, **blamed(error))
