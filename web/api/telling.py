"""Telling: the document as values that a page shows: each call with its fields, and a command that makes it."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from web.api.fields import AMOUNT, ID

# What stands in a command for what an earlier answer gave, or the clock says.
IN_A_SHELL = {
    "participant": "$PARTICIPANT",
    "event": "$EVENT",
    "draw": "$DRAW",
    "prize": "$PRIZE",
    "redemption": "$REDEMPTION",
    "at": "$(date -Iseconds)",
    "first_day": "$(date +%F)",
}
BEARER = '--header "Authorization: Bearer $CM_TOKEN"'
A_KEY = "$RANDOM-$RANDOM-$RANDOM"
KEY = f'--header "Idempotency-Key: {A_KEY}"'

# What stands in a sample answer, by the field's pattern or format, where the field gives no example.
SAMPLES = {ID: "4f0c9a630d7a0f4f3a10be21", AMOUNT: "3", "date": "2026-03-02", "date-time": "2026-03-02T10:05:00-08:00"}

Document = Mapping[str, Any]


class Field(NamedTuple):
    """A field, or a parameter: its name, of which kind it is, whether it must be there, what it means, and what it holds."""

    name: str
    kind: str
    is_needed: bool
    about: str
    holds: "tuple[Field, ...]" = ()


class Operation(NamedTuple):
    """A call, as a page tells it."""

    name: str
    method: str
    path: str
    title: str
    about: str
    scope: str
    asks: tuple[Field, ...]
    takes: tuple[Field, ...]
    gives: tuple[Field, ...]
    statuses: tuple[tuple[int, str], ...]
    command: str
    sample: str


class Part(NamedTuple):
    """The calls that are about one thing."""

    name: str
    operations: tuple[Operation, ...]


def parts(document: Document) -> list[Part]:
    """Give every call, by what it is about, in the order in which they were declared."""
    told: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                told.setdefault(operation["tags"][0], []).append(_operation(document, path, method, operation))
    return [Part(name, tuple(some)) for name, some in told.items()]


def called_by(operation: Operation) -> str:
    """Give by which variable of a shell the answer of a call is known, such as `PARTICIPANT` of an enrolment."""
    return {
        "enrol_participant": "PARTICIPANT",
        "record_event": "EVENT",
        "open_draws": "DRAW",
        "list_prizes": "PRIZE",
        "choose_prize": "REDEMPTION",
    }.get(operation.name, "")


def _operation(document: Document, path: str, method: str, operation: Document) -> Operation:
    scopes = operation["security"][0]["token"]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    parameters = [*document["paths"][path].get("parameters", []), *operation["parameters"]]
    return Operation(
        operation["operationId"],
        method.upper(),
        path,
        operation["summary"].rstrip("."),
        operation.get("description", ""),
        scopes[0] if scopes else "",
        tuple(_parameter(one) for one in parameters),
        _fields(document, content.get("schema", {})),
        _fields(document, _done(operation)),
        tuple(_statuses(document, operation)),
        _command(path, method, operation, content.get("example")),
        json.dumps(_sample(document, _done(operation)), indent=2, ensure_ascii=False),
    )


def kept_command(operation: Operation) -> str:
    """Give a call's command with its key and its moment in variables, so that it is the same request each time."""
    return operation.command.replace(A_KEY, "$KEY").replace(IN_A_SHELL["at"], "$AT")


def _done(operation: Document) -> Document:
    """Give the schema of the answer of a call that went well."""
    status = min(status for status in operation["responses"] if status.startswith("2"))
    schema: Document = operation["responses"][status]["content"]["application/json"]["schema"]
    return schema


def _statuses(document: Document, operation: Document) -> Iterator[tuple[int, str]]:
    for status, answer in sorted(operation["responses"].items()):
        told = _resolved(document, answer)["description"].replace(HTTPStatus(int(status)).phrase, "Done")
        yield (
            int(status),
            "; ".join(kind for kind in told.split("; ") if kind.partition(":")[0] not in _never(document, operation)),
        )


def _never(document: Document, operation: Document) -> set[str]:
    """Name the problems, between backticks, that a call cannot have, since it takes no key, no body, or no findings."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    takes = _resolved(document, body).get("properties", {})
    has_key = any(one["name"] == "Idempotency-Key" for one in operation["parameters"])
    never = {"`no-key`": has_key, "`not-json`": bool(body), "`partial-panel`": "allow_partial_panel" in takes}
    return {kind for kind, may_be in never.items() if not may_be}


def _parameter(parameter: Document) -> Field:
    where = {"path": "in the address", "query": "behind ?", "header": "a header"}[parameter["in"]]
    kind = f"{_kind(parameter['schema'])}, {where}"
    about = _with_range(parameter["schema"], parameter.get("description", ""))
    return Field(parameter["name"], kind, parameter.get("required", False), about)


def _fields(document: Document, schema: Document) -> tuple[Field, ...]:
    """Give the fields of an object, and of the objects in it."""
    whole = _resolved(document, schema)
    needed = whole.get("required", ())
    return tuple(
        Field(
            name,
            _kind(one),
            name in needed,
            _with_range(one, one.get("description", "")),
            _fields(document, _inner(one)),
        )
        for name, one in whole.get("properties", {}).items()
    )


def _with_range(schema: Document, about: str) -> str:
    """Say with what a value means how long or large it may be, what it is where it is left out, and an example."""
    told = [about]
    if "minimum" in schema:
        told.append(f"from {schema['minimum']:,} to {schema['maximum']:,}")
    elif "maxLength" in schema and schema.get("pattern") != ID:
        told.append(f"at most {schema['maxLength']:,} characters")
    if isinstance(schema.get("default"), int) and not isinstance(schema["default"], bool):
        told.append(f"{schema['default']} where it is left out")
    for example in schema.get("examples", ())[:1]:
        written = example if isinstance(example, str) else json.dumps(example)
        told.append(f"such as `{written}`")
    return "; ".join(filter(None, told))


def _sample(document: Document, schema: Document) -> Any:
    """Make an answer of a schema: what the fields give as examples, or something of their kind."""
    whole = _resolved(
        document, next((one for one in schema.get("anyOf", schema.get("allOf", ())) if "$ref" in one), schema)
    )
    if "properties" in whole:
        return {name: _sample(document, one) for name, one in whole["properties"].items()}
    if whole.get("type") == "array":
        return [_sample(document, whole["items"])]
    found = [*whole.get("examples", ()), *filter(None, whole.get("enum", ()))]
    named = whole.get("type", "string")
    kind = named if isinstance(named, str) else named[0]
    usual = {"integer": 3, "boolean": False}.get(kind, SAMPLES.get(whole.get("pattern", whole.get("format", "")), "…"))
    return found[0] if found else usual


def _inner(schema: Document) -> Document:
    """Give the schema of the objects that a field holds; nothing where it holds none."""
    found = schema.get("items", schema)
    found = next((one for one in found.get("anyOf", found.get("allOf", ())) if "$ref" in one), found)
    return found if "$ref" in found else {}


def _kind(schema: Document) -> str:
    """Say of which kind a value is."""
    if "enum" in schema:
        return " | ".join(map(str, filter(None, schema["enum"])))
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    if _inner(schema):
        return "object"
    if formats := [one["format"] for one in schema.get("anyOf", ()) if "format" in one]:
        return " or ".join(formats)
    named = schema.get("type", "object")
    kinds = [named] if isinstance(named, str) else [kind for kind in named if kind != "null"]
    kind = str(schema.get("format", kinds[0].replace("string", "text")))
    return f"{kind} or null" if "null" in named else kind


def _command(path: str, method: str, operation: Document, example: Document | None) -> str:
    """Write the command that makes a call; what an earlier answer gave stands in variables."""
    for name, variable in IN_A_SHELL.items():
        path = path.replace(f"{{{name}}}", variable)
    needs_key = any(one["name"] == "Idempotency-Key" for one in operation["parameters"])
    lines = [f'curl "$CM_URL{path}"', BEARER, *([KEY] if needs_key else []), *(["--json @- <<END"] if example else [])]
    if method == "post" and not example:
        lines.append("--request POST")
    body = json.dumps({name: IN_A_SHELL.get(name, value) for name, value in (example or {}).items()})
    return " \\\n  ".join(lines) + (f"\n{body}\nEND" if example else "")


def _resolved(document: Document, schema: Document) -> Document:
    """Give what a reference stands for."""
    found: Any = schema
    while "$ref" in found:
        steps = found["$ref"].removeprefix("#/").split("/")
        found = document
        for step in steps:
            found = found[step]
    return dict(found)
