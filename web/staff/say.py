"""What to say: a short script for whoever stands at the desk, with praise for a success and a kind word after a setback.

As trainers would say it: praise what was done, name the reward and what comes next, ask how they did it. After a setback no blame:
thank them for coming, say that nothing earned is lost, and what the next success earns.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cm_engine.explain import ordinal
from web.filters import amount

SUCCESS = {"test": "negative test", "attendance": "visit", "activity": "activity"}
NEXT = {"test": "Your next negative test", "attendance": "The next group", "activity": "The next activity"}
UNREADABLE = {"invalid", "insufficient"}


def script(visit: Mapping[str, Any]) -> list[str]:
    """Give what to say after a visit, a sentence or two each."""
    if visit["is_void"]:
        return []
    if visit["seen"] == "success":
        return _praise(visit)
    if visit["seen"] == "failure":
        return _kindly(visit)
    if visit["seen"] == "excused":
        return ["“Thank you for letting us know. You keep your place.”", *_next(visit)]
    return _waiting(visit)


def _praise(visit: Mapping[str, Any]) -> list[str]:
    run = _run(visit)
    done = {"test": "Your test is negative.", "attendance": "You came, and that counts.", "activity": "You did it."}
    said = [f"“Well done! {done[visit['kind']]}{_in_a_row(visit['kind'], run)}”"]
    if visit["earned"]:
        said.append(f"“You have earned {_amounts(visit['earned'])}.”")
    said += _next(visit)
    said.append("“What helped you get here today?”" if visit["kind"] == "test" else "“It is good to have you here.”")
    return said


def _kindly(visit: Mapping[str, Any]) -> list[str]:
    outcome, kind = visit["outcome"], visit["kind"]
    if outcome in {"missed", "incomplete"}:
        said = ["When they are here again: “It is good to see you. We missed you.”"]
    elif outcome in UNREADABLE:
        said = ["“Thank you for coming. We could not read this sample, so there is no reward for it.”"]
    elif outcome == "refused":
        said = ["“That is your choice, and thank you for telling us. There is no reward without a test.”"]
    elif kind == "test":
        said = [
            "“Thank you for coming in and giving a sample. That takes courage. It shows some use, so no reward today.”"
        ]
    else:
        said = ["“Thank you for coming today.”"]
    said.append("“Nothing that you have earned is lost.”")
    said += _next(visit)
    if kind == "test" and outcome == "positive":
        said.append("“Would you like to talk with somebody about what made it hard?”")
    return said


def _waiting(visit: Mapping[str, Any]) -> list[str]:
    if visit["outcome"] == "pending":
        return ["“The laboratory has your sample. What it earns is added once we know.”"]
    return ["“This one does not count, for or against you.”", *_next(visit)]


def _in_a_row(kind: str, run: int) -> str:
    return f" It is your {ordinal(run)} {SUCCESS[kind]} in a row." if run > 1 else ""


def _next(visit: Mapping[str, Any]) -> list[str]:
    worth = [{"amount": one["next"], "unit": one["unit"]} for one in _of_kind(visit) if not _is_nothing(one["next"])]
    return [f"“{NEXT[visit['kind']]} earns {_amounts(worth)}.”"] if worth else []


def _run(visit: Mapping[str, Any]) -> int:
    return max((one["run"] or 0 for one in _of_kind(visit)), default=0)


def _of_kind(visit: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in visit["next"] if one["on"] == visit["kind"] and not one["over_on"]]


def _is_nothing(written: str) -> bool:
    return not written.strip("0.")


def _amounts(earned: Iterable[Mapping[str, str]]) -> str:
    return " and ".join(amount(one["amount"], one["unit"]) for one in earned)
