"""Calls: each is declared once, with what it needs, takes and answers; parsing, the key, the dry run and the document follow from that."""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Response, request
from marshmallow import EXCLUDE, RAISE, Schema

from cm_engine.actions.requests import Answer, Request, was_answered
from web.access import Permission, scope_of
from web.api.fields import ID, Key, Sent, TypedTruth
from web.api.reading import KEY
from web.api.rooms import api
from web.at_hand import engine
from web.caller import caller
from web.doors import needs_token

ABOUT_KEY = (
    "a key that you make for each thing that you ask for, such as a random one. The same key and content get the first answer "
    "again, and nothing is done twice; the same key with other content is a conflict"
)
ABOUT_DRY_RUN = "answer as if it were done, and do nothing"
REPLAYED = "Idempotency-Replayed"
REPLAYED_HEADER = {
    "description": "`true` where this is the first answer again, and nothing was done",
    "schema": {"type": "string", "enum": ["true"]},
}

# What may go wrong with any call; with one that names something; with one that takes a body; with one that does something.
ANY = (400, 401, 403, 422, 429, 500, 503)
NAMING, TAKING, DOING = (404,), (404, 413, 415), (404, 409)

View = Callable[..., Any]
Links = Mapping[str, Mapping[str, Any]]


class KeySchema(Schema):
    """The header by which a request is known again."""

    key = Key(ABOUT_KEY, required=True, data_key=KEY, metadata={"examples": ["7d1f9f0e-5a51-4f0c-9a63-0d7a0f4f3a10"]})

    class Meta:
        """Other headers are nobody's mistake."""

        unknown = EXCLUDE


class DryRunSchema(Sent):
    """Whether it is only to be tried."""

    dry_run = TypedTruth(ABOUT_DRY_RUN, load_default=False)


class NoQuerySchema(Sent):
    """Nothing may stand in the address."""


class Call(NamedTuple):
    """What a call is: where, which scope it needs (None: any token), what it takes and answers, and in which part of the document."""

    rule: str
    needs: Permission | None
    part: str
    gives: type[Schema]
    takes: type[Schema] | None = None
    query: type[Schema] | None = None
    status: int = 200
    example: Mapping[str, Any] | None = None
    links: Links | None = None
    can_be_tried: bool = True


def reads(call: Call) -> Callable[[View], View]:
    """Declare a call that reads; an answer that the program has already is not sent again."""

    def decorate(view: View) -> View:
        told = api.response(call.status, call.gives, headers={"ETag": "ETAG"})(view)
        asked = api.arguments(call.query or NoQuerySchema, location="query", unknown=RAISE)(told)
        documented = api.doc(**_described(call, view, (304,)))
        _declare(call, "GET", documented(_unless_known(asked)))
        return view

    return decorate


def finds(call: Call) -> Callable[[View], View]:
    """Declare a call that reads by POST, so that what is looked for stands in no address. It needs no key, and takes one."""

    def decorate(view: View) -> View:
        told = api.response(call.status, call.gives)(view)
        asked = api.arguments(call.takes, example=call.example)(
            api.arguments(NoQuerySchema, location="query", unknown=RAISE, as_kwargs=True)(told)
        )
        _declare(call, "POST", api.doc(**_described(call, view, TAKING))(asked))
        return view

    return decorate


def does(call: Call) -> Callable[[View], View]:
    """Declare a call that does something, once for each key; the view is handed the engine's request, and what was sent."""

    def decorate(view: View) -> View:
        done = api.response(call.status, call.gives, headers={REPLAYED: REPLAYED_HEADER})(_once(call, view))
        if call.takes:
            done = api.arguments(call.takes, example=call.example)(done)
        tried = DryRunSchema if call.can_be_tried else NoQuerySchema
        done = api.arguments(tried, location="query", unknown=RAISE, as_kwargs=True)(done)
        done = api.arguments(KeySchema, location="headers", as_kwargs=True)(done)
        if call.can_be_tried and call.status != 200:
            done = api.alt_response(200, schema=call.gives, description="What a dry run would have done", success=True)(
                done
            )
        _declare(call, "POST", api.doc(**_described(call, view, (*DOING, *(TAKING if call.takes else ()))))(done))
        return view

    return decorate


def _once(call: Call, view: View) -> View:
    """Do what is asked for, and say so; or give the first answer again."""

    @wraps(view)
    def act(*sent: Any, key: str, dry_run: bool = False, **ids: str) -> tuple[Answer, int, dict[str, str]]:
        how = Request(f"api {caller().id} {key}", caller().id, dry_run)
        headers = {REPLAYED: "true"} if was_answered(engine(), how) else {}
        return view(how, *sent, **ids), 200 if dry_run else call.status, headers

    return act


def _unless_known(view: View) -> View:
    """Say only that nothing changed, where the program names the answer that it has."""

    @wraps(view)
    def look(*sent: Any, **ids: str) -> Response:
        answer: Response = view(*sent, **ids)
        answer.headers["Cache-Control"] = "private, no-cache"
        answer.add_etag()
        answer.make_conditional(request)
        return answer

    return look


def name_of(status: int) -> str:
    """Name what the document says once of an answer of some status."""
    return HTTPStatus(status).name


def _declare(call: Call, method: str, view: View) -> None:
    ids = re.findall("<([a-z]+)>", call.rule)
    parameters = [
        {"in": "path", "name": name, "schema": {"type": "string", "pattern": ID}, "description": f"the {name}'s id"}
        for name in ids
    ]
    rule = call.rule.replace("<", "<id:")
    api.route(rule, methods=[method], tags=[call.part], parameters=parameters)(needs_token(call.needs)(view))


def _described(call: Call, view: View, further: tuple[int, ...]) -> dict[str, Any]:
    """Say what the document cannot tell from the schemas: name, scope, links, and what may go wrong."""
    wrong = {*ANY, *further, *(NAMING if "<" in call.rule else ())} - (set() if call.needs else {403})
    responses: dict[int, Any] = {
        status: {"$ref": f"#/components/responses/{name_of(status)}"} for status in sorted(wrong)
    }
    if call.links:
        responses[call.status] = {"links": call.links}
    return {
        "operationId": view.__name__,
        "security": [{"token": [scope_of(call.needs)] if call.needs else []}],
        "responses": responses,
    }
