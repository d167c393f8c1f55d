"""What the trial of every call knows beforehand: ids of things that are there, in place of those that nobody would guess.

It is loaded by Schemathesis; the ids come by the environment. What is no id, because a wrong one is to be tried, is left alone.
"""

import json
import os
import re
from typing import Any

import schemathesis

KNOWN: dict[str, list[str]] = json.loads(os.environ["CM_KNOWN_THINGS"])
ID = re.compile("[0-9a-f]{24}")
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
NAME = re.compile("[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]{1,200}")

# The form of what is replaced by something that is there; of what has another form, a wrong one is to be tried.
FORMS = {
    **dict.fromkeys(("participant", "event", "draw", "redemption", "prize"), ID),
    **dict.fromkeys(("first_day", "at"), DAY),
    **dict.fromkeys(("program", "site", "policy", "payer"), NAME),
}
OUTCOMES = {"test": "negative", "attendance": "attended", "activity": "completed"}


def known(name: str, value: object) -> object:
    """Give something that is there; always the same for the same."""
    if name not in FORMS or not isinstance(value, str) or not FORMS[name].fullmatch(value):
        return value
    return KNOWN[name][len(value.rstrip("0")) % len(KNOWN[name])]


@schemathesis.hook
def map_body(_: Any, body: Any) -> Any:
    """Name things that are there, and a day that has come; of each kind of event, an outcome that it has."""
    if not isinstance(body, dict):
        return body
    there = {name: known(name, value) for name, value in body.items()}
    if there.get("outcome") in OUTCOMES.values():
        there["outcome"] = OUTCOMES.get(str(there.get("kind")), there["outcome"])
    return there


@schemathesis.hook
def map_path_parameters(_: Any, path_parameters: Any) -> Any:
    """Name things that are there."""
    return {name: known(name, value) for name, value in (path_parameters or {}).items()}
