"""Problems: how a program is told what is wrong (RFC 9457): of which kind, in words, and which fields it is about."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from flask import Response, json, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from cm_engine.actions.awards import PartialPanelError
from cm_engine.actions.requests import ConflictError
from cm_engine.errors import CmError
from cm_engine.store.database import DamagedError, DuplicateError, NoTablesError, StoreError
from cm_engine.vault import VaultError
from web.throttle import wait

MEDIA_TYPE = "application/problem+json"

# What begins so is asked for by programs.
ADDRESS = "/api/"

# Where each kind of problem is explained.
EXPLAINED = "/api/v1/docs#{kind}"


class Kind(NamedTuple):
    """A kind of problem: the status of its answer, its title, and what to do about it."""

    status: int
    title: str
    remedy: str


KINDS: dict[str, Kind] = {
    "bad-request": Kind(
        400, "The request cannot be read", "Send it as HTTP has it; `detail` says what cannot be read."
    ),
    "not-json": Kind(400, "The body is not JSON", "Send one JSON object, in UTF-8, as `detail` says."),
    "no-key": Kind(
        400,
        "The Idempotency-Key is missing, or is none",
        "Make a key for each thing that you ask for, of 1 to 128 visible characters, and send it in that header.",
    ),
    "no-token": Kind(
        401, "No token, or one that is not good", "Send `Authorization: Bearer …`; ask an admin for a token."
    ),
    "scope-missing": Kind(
        403, "The token may not do this", "Ask an admin for a token with the scope that `detail` names."
    ),
    "not-found": Kind(
        404,
        "There is nothing here",
        "Look at the address, and at the ids in it: the page that `type` leads to has them all. What is at a site that the token is not for is not there.",
    ),
    "method-not-allowed": Kind(
        405, "This address takes no such request", "The header `Allow` names those that it takes."
    ),
    "conflict": Kind(
        409,
        "This was used before, to ask for something else",
        "Give each request a key of its own, and each event an `id` of its own.",
    ),
    "too-large": Kind(
        413, "The body is too large", "Send one thing a call. For many events there is `cm-engine import`."
    ),
    "other-media-type": Kind(415, "The body has another media type", "Send `Content-Type: application/json`."),
    "not-valid": Kind(
        422, "Some fields are not right", "`errors` names each, and what would be right. Nothing was done."
    ),
    "refused": Kind(
        422,
        "This cannot be done",
        "`detail` says why: a rule of the program, or fields that do not go together. Nothing was done.",
    ),
    "partial-panel": Kind(
        422,
        "The test reports some, but not all, of a policy's targets",
        "Add the findings that `detail` names, or send `allow_partial_panel`.",
    ),
    "too-many-requests": Kind(
        429, "Too many requests", "Wait as many seconds as `Retry-After` says, and send it again."
    ),
    "fault": Kind(500, "Something went wrong here", "Send it again, under the same key: it is done once at most."),
    "unavailable": Kind(
        503,
        "The database cannot be reached",
        "Wait as many seconds as `Retry-After` says, and send it again, under the same key: it is done once at most.",
    ),
}

# Which kind an error of HTTP's is, where nothing more is known.
BY_STATUS = {
    400: "bad-request",
    401: "no-token",
    403: "scope-missing",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "other-media-type",
    429: "too-many-requests",
    503: "unavailable",
}

# What waiting does not mend.
BROKEN = (DamagedError, DuplicateError, NoTablesError, VaultError)

SECONDS = "5"

# How large, in bytes, the body of a call may be.
LARGEST_BODY = 64 * 1024

Wrong = dict[str, str]


class Problem(HTTPException):
    """A request that cannot be answered, told as one of `KINDS`; `errors` names fields."""

    def __init__(self, kind: str, detail: str = "", errors: Iterable[Wrong] = ()) -> None:
        super().__init__(detail)
        self.code = KINDS[kind].status
        self.kind = kind
        self.errors = tuple(errors)


def is_asked_by_program() -> bool:
    """Tell whether the request is a program's, and not a browser's."""
    return request.path.startswith(ADDRESS)


def problem_of(error: Exception) -> Response:
    """Tell a program what went wrong. What the engine did not say on purpose is not told."""
    if isinstance(error, Problem):
        return _answer(error.kind, error.description or "", error.errors)
    if isinstance(error, CmError):
        return _engine(error)
    code = error.code if isinstance(error, HTTPException) else None
    answer = _answer(BY_STATUS.get(code or 500, "bad-request" if code and code < 500 else "fault"))
    if isinstance(error, MethodNotAllowed):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return answer


def _engine(error: CmError) -> Response:
    match error:
        case ConflictError():
            return _answer("conflict", str(error))
        case PartialPanelError():
            return _answer("partial-panel", str(error))
        case StoreError() | VaultError():
            return _answer("fault" if isinstance(error, BROKEN) else "unavailable")
        case _:
            return _answer("refused", str(error))


def _answer(kind: str, detail: str = "", errors: Iterable[Wrong] = ()) -> Response:
    status, title, remedy = KINDS[kind]
    told: dict[str, Any] = {
        "type": EXPLAINED.format(kind=kind),
        "title": title,
        "status": status,
        "detail": detail or remedy.replace("`", ""),
    }
    if listed := list(errors):
        told["errors"] = listed
    answer = Response(json.dumps(told), status, mimetype=MEDIA_TYPE)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="cm-engine"'
    if status in {429, 503}:
        answer.headers["Retry-After"] = str(wait()) if status == 429 else SECONDS
    return answer
