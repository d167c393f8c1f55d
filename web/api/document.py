"""The document: what every call takes and answers, in OpenAPI 3.1, made from their declarations."""

from typing import Any

from flask import Blueprint, Flask, current_app
from flask_smorest import Api
from werkzeug.routing import BaseConverter

from web.access import SCOPES, scope_of
from web.api.calls import name_of
from web.api.fields import ID
from web.api.schemas.problems import ProblemSchema
from web.problems import KINDS, MEDIA_TYPE

DOCUMENT = "api document"
ABOUT = (
    "Records what happened to participants of contingency management, and tells what it earned and why. Amounts are decimal "
    "texts: money with two places, all else whole. Dates are the site's. Later versions may add fields to answers."
)
SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token, which an admin makes. Its scopes: "
    + "; ".join(f"`{scope_of(permission)}`: {permission}" for permission in SCOPES),
}


class Described(Api):  # type: ignore[misc]  # the library has no types
    """The calls with their document; errors are the application's."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        pass

    def _register_pagination_header(self) -> None:
        pass

    def _register_responses(self) -> None:
        content = {MEDIA_TYPE: {"schema": ProblemSchema}}
        for status in sorted({kind.status for kind in KINDS.values()}):
            kinds = [f"`{name}`: {kind.title}" for name, kind in KINDS.items() if kind.status == status]
            self.spec.components.response(name_of(status), {"description": "; ".join(kinds), "content": content})
        self.spec.components.response(name_of(304), {"description": "It is as the program has it"})


class IdInAddress(BaseConverter):
    """A random id in an address; what is none leads nowhere."""

    regex = ID.strip("^$")


def publish(app: Flask, calls: Blueprint) -> None:
    """Let an application answer calls, and describe them."""
    app.url_map.converters["id"] = IdInAddress
    described = Described(
        app,
        spec_kwargs={
            "title": "Contingency-management rewards",
            "version": "1",
            "openapi_version": "3.1.0",
            "info": {"description": ABOUT},
            "servers": [{"url": "/"}],
        },
    )
    described.spec.components.security_scheme("token", SCHEME)
    described.register_blueprint(calls)
    app.extensions[DOCUMENT] = described.spec.to_dict()


def document() -> dict[str, Any]:
    """Give the document of the application at hand."""
    found: dict[str, Any] = current_app.extensions[DOCUMENT]
    return found
