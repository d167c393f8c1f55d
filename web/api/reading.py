"""Reading: what a program sent, as JSON, in the address and in headers; every mistake is named with its place and what would be right."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from flask import Request
from marshmallow import Schema, ValidationError
from webargs.core import is_json
from webargs.flaskparser import FlaskParser

from cm_engine.errors import nearest, quoted
from web.api.fields import UNKNOWN
from web.problems import Problem, Wrong

KEY = "Idempotency-Key"


class Reading(FlaskParser):
    """Reads requests strictly: what is not known is named, and never passed over."""

    def _raw_load_json(self, req: Request) -> Any:
        """Give the JSON that a request holds. Raises Problem where it holds none."""
        if not is_json(req.mimetype):
            said = quoted(req.mimetype) if req.mimetype else "missing"
            raise Problem("other-media-type", f"the Content-Type is {said}; send application/json")
        return parsed(req.get_data())

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: object) -> NoReturn:
        """Name every mistake."""
        [(location, mistakes)] = dict(error.messages_dict).items()
        if location == "headers":
            raise Problem("no-key", f"the header {KEY} {said(mistakes[KEY])}")
        raise Problem("not-valid", errors=sorted_out(location, mistakes, schema))


def parsed(body: bytes) -> Any:
    """Parse JSON. Raises Problem for what is none, for what is nested too deeply, and for a name that stands in an object twice."""
    try:
        found = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise Problem("not-json", f"the body is not UTF-8: look at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Problem("not-json", f"{error.msg}: {where}" if body.strip() else "the body is empty") from error
    except RecursionError as error:
        raise Problem("not-json", "the brackets are nested too deeply to be read") from error
    except UnicodeEncodeError as error:
        raise Problem("not-json", "an escape stands for half of a character") from error
    except ValueError as error:
        raise Problem("not-json", "a number is too long to be read") from error
    return found


def sorted_out(location: str, mistakes: Mapping[str, Any], schema: Schema) -> Iterator[Wrong]:
    """Give each mistake with its place: a JSON pointer into the body, or the name of a parameter."""
    names = [field.data_key or name for name, field in schema.fields.items()]
    for path, what in _leaves(mistakes):
        told = f"there is no such field{nearest(path[0], names)}" if what == UNKNOWN and len(path) == 1 else what
        if location == "json":
            yield {"pointer": "#" + "".join(f"/{_escaped(step)}" for step in path), "detail": told}
        else:
            yield {"parameter": path[0], "detail": told}


def said(what: Any) -> str:
    """Give the first thing that is said of a place."""
    return str(what[0] if isinstance(what, list) else what)


def _leaves(mistakes: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give what is wrong at each place; what is wrong with a whole, or with a key, is said of it."""
    if isinstance(mistakes, Mapping):
        for step, inner in mistakes.items():
            yield from _leaves(inner, path if step in {"_schema", "key", "value"} else (*path, str(step)))
    else:
        yield path, said(mistakes)


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem("not-json", f"{quoted(twice)} stands in an object twice; leave one out")
    return found


def _no_number(constant: str) -> NoReturn:
    raise Problem("not-json", f"{constant} is not a number in JSON")
