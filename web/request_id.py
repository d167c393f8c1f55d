"""Request ids: by which a request is found again in the process log, from a page or a program that shows it.

A proxy or a program may give one of its own. It is taken where it can only be made up, hexadecimal digits and hyphens, because it is
written into the log: nobody's name may get there.
"""

import re
import secrets
from typing import cast

from flask import Flask, Response, g, request

HEADER = "X-Request-ID"
GIVEN = re.compile(r"[0-9A-Fa-f-]{16,64}")

# Under these names what serves the application finds what to write into its log.
ID, ROUTE, ERROR = "cm_engine.request", "cm_engine.route", "cm_engine.error"


def request_id() -> str:
    """Give the id of the request under way."""
    if "request_id" not in g:
        given = request.headers.get(HEADER, "")
        g.request_id = given if GIVEN.fullmatch(given) else secrets.token_hex(8)
    return cast("str", g.request_id)


def add_request_ids(app: Flask) -> None:
    """Say the id with every answer, and hand on what the log tells: the id, and the pattern of the address, never the address."""
    app.jinja_env.globals["request_id"] = request_id

    @app.after_request
    def _say(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        request.environ[ID] = request_id()
        request.environ[ROUTE] = request.url_rule.rule if request.url_rule else None
        return response
