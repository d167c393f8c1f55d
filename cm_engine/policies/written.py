"""Policies as they are written: a policy file's table to a policy and back, with every mistake named by its key."""

from collections.abc import Collection, Mapping
from typing import Any, cast

from cm_engine.errors import nearest
from cm_engine.events import ANALYTES, KINDS, Kind
from cm_engine.forms import Path, Reader, UnitName, Wrong, shown
from cm_engine.money import MONEY, Unit
from cm_engine.policies.contract import Policy
from cm_engine.terms import gather, given, read_terms, terms_of, write_terms

# Written behind a kind's own terms, since that is where people look for them.
LAST = ("caps", "corrections", "bowl")

Mistakes = list[tuple[Path, str]]


def read_policy(
    table: Mapping[str, Any],
    kind: type[Policy[Any]] | None,
    kinds: Collection[str],
    analytes: Collection[str] = ANALYTES,
) -> tuple[Policy[Any] | None, Mistakes]:
    """Read a policy from its table; None, and all of its mistakes by the path of their key, where there are any.

    `kind` is the registered kind that the table names, None where it names none of `kinds`. `analytes` may be targets.
    """
    reader = reader_of(table, analytes)
    if kind is not None:
        policy = read_terms(kind, table, (), reader, also=("kind",))
        return (None if isinstance(policy, Wrong) else policy), reader.mistakes
    if not given(table, "kind"):
        what = f'"kind" is missing; the kinds are {", ".join(kinds)}'
    else:
        named = table["kind"]
        hint = nearest(str(named), kinds) or "."
        what = f"{shown(named)} is not a kind of policy{hint} The kinds are {', '.join(kinds)}"
    reader.wrong(("kind",), what)
    common = terms_of(Policy)
    gather(common, {key: value for key, value in table.items() if key in common}, (), reader)
    return None, reader.mistakes


def reader_of(table: Mapping[str, Any], analytes: Collection[str] = ANALYTES) -> Reader:
    """Give what reading a policy's table depends on, as far as the table tells it."""
    pays = _pays(table)
    in_money = pays.code == "points" and given(table, "worth")
    return Reader(pays, caps_in=MONEY if in_money else pays, on=_on(table), analytes=analytes)


def write_policy(policy: Policy[Any]) -> dict[str, Any]:
    """Write a policy as the table that reads back to an equal one: every term that says something, by its key."""
    terms = write_terms(policy, policy.reader())
    head = {"name": terms["name"], "title": terms["title"], "kind": policy.kind}
    simple = {key: value for key, value in terms.items() if not _is_table(value)}
    tables = {key: value for key, value in terms.items() if _is_table(value) and key not in LAST}
    last = {key: terms[key] for key in LAST if key in terms}
    return head | simple | tables | last


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(entry, dict) for entry in value))


def _pays(table: Mapping[str, Any]) -> Unit:
    unit = UnitName().read(table.get("pays"), (), Reader())
    return unit if isinstance(unit, Unit) else MONEY


def _on(table: Mapping[str, Any]) -> Kind | None:
    on = table.get("on")
    return cast("Kind", on) if on in KINDS else None
