"""The request log: a line of the process log for each request, by the pattern of its address; who asked for what is not told."""

import logging
import os
from collections.abc import MutableMapping
from datetime import timedelta
from http import HTTPMethod, HTTPStatus
from typing import TYPE_CHECKING, Any

from gunicorn.glogging import Logger

from cm_engine.process_log import tell
from web.request_id import ERROR, ID, ROUTE

if TYPE_CHECKING:
    from gunicorn.config import Config

# What is asked every few seconds by whoever looks after the server; told only when it is not well.
ASKED_OFTEN = frozenset({"/healthz", "/readyz"})

# A word of the client's own in its place is not told.
METHODS = frozenset(HTTPMethod)


class RequestLog(Logger):
    """What the server tells: its own troubles, and each request once it is answered."""

    def setup(self, cfg: "Config") -> None:
        """Tell troubles where the process tells its own."""
        self.cfg = cfg
        self.error_log.setLevel(logging.WARNING)
        self.error_log.propagate = True

    def access(self, resp: Any, req: Any, environ: MutableMapping[str, Any], request_time: timedelta) -> None:
        """Tell a request that was answered, or that could not be read."""
        status, route = int(str(resp.status).split()[0]), environ.get(ROUTE)
        if route in ASKED_OFTEN and status == HTTPStatus.OK:
            return
        tell(
            "request",
            request=environ.get(ID),
            method=method if (method := environ.get("REQUEST_METHOD")) in METHODS else None,
            route=route,
            status=status,
            ms=round(request_time.total_seconds() * 1000, 1),
            process=os.getpid(),
            error=environ.get(ERROR),
        )


class QuietLog(RequestLog):
    """The same for a demo, whose terminal shows how to sign in: troubles alone."""

    def access(self, resp: Any, req: Any, environ: MutableMapping[str, Any], request_time: timedelta) -> None:
        """Tell nothing of a request."""
