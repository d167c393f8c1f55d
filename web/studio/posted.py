"""Posted: the table of a policy file from the fields that `controls` made; what is mistyped stays as it was typed, to be named there."""

import re
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from functools import singledispatch
from typing import Any, NamedTuple, Protocol

from cm_engine.forms import Amount, Analyte, Choice, Flag, Form, Path, Reader, Several, Text, UnitName, Whole, WholeOr
from cm_engine.policies.contract import OutcomeClasses, Policy
from cm_engine.policies.written import reader_of
from cm_engine.terms import Table, Terms, terms_of
from web.studio.controls import LEAD, NUMBER

ABSENT = object()

# A longer number is none that anybody typed.
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_BETWEEN = re.compile(r"[,;\s]+")


class Fields(Protocol):
    """The fields of a form, of which several may have one name."""

    def getlist(self, key: str) -> list[str]:
        """Give what the fields of a name hold, in their order."""

    def __iter__(self) -> Any:
        """Give the names of all fields."""


class Field(NamedTuple):
    """One field of a form, or those that begin with its name."""

    fields: Fields
    name: str

    @property
    def is_there(self) -> bool:
        """Tell whether the form has it."""
        return bool(self.fields.getlist(self.name))

    @property
    def text(self) -> str:
        """What stands in the last field of its name."""
        return next(reversed(self.fields.getlist(self.name)), "")

    def inner(self, key: str) -> "Field":
        """Give a field within."""
        return Field(self.fields, f"{self.name}.{key}")

    def within(self) -> list[str]:
        """Give what stands behind its name in the names of others, each once."""
        lead = f"{self.name}."
        found = (name[len(lead) :].partition(".")[0] for name in self.fields if name.startswith(lead))
        return list(dict.fromkeys(found))


def table_of(kind: type[Policy[Any]], fields: Fields) -> dict[str, Any]:
    """Give the table that a form says, to be read as a policy's; a field that is left empty is no key."""
    field = Field(fields, LEAD)
    reader = reader_of({"pays": field.inner("pays").text, "on": field.inner("on").text})
    return {"kind": kind.kind, **_terms(kind, field, reader)}


def added(kind: type[Policy[Any]], table: dict[str, Any], where: str) -> dict[str, Any]:
    """Give a table with an empty row more in the list of a name, such as `t.phases`; as it is where there is no such list."""
    return _in_list(kind, table, _path(where), lambda rows: [*rows, {}])


def removed(kind: type[Policy[Any]], table: dict[str, Any], where: str) -> dict[str, Any]:
    """Give a table without a row, such as `t.phases.1`; as it is where there is none."""
    *path, last = _path(where) or ("",)
    if not isinstance(last, int):
        return table
    return _in_list(kind, table, tuple(path), lambda rows: [row for place, row in enumerate(rows) if place != last])


def _path(where: str) -> Path:
    lead, *keys = where.split(".")
    return tuple(int(key) if _NUMBER.fullmatch(key) else key for key in keys) if lead == LEAD else ()


def _in_list(declared: type[Terms], table: dict[str, Any], path: Path, change: Any) -> dict[str, Any]:
    """Change a list of tables that the terms declare."""
    term = terms_of(declared).get(str(path[0])) if path else None
    key = str(path[0]) if path else ""
    match term and term.form:
        case Several(each=Table()) if len(path) == 1:
            return {**table, key: change(table.get(key, []))}
        case Table(of=inner) if len(path) > 1:
            return {**table, key: _in_list(inner, table.get(key, {}), path[1:], change)}
        case _:
            return table


def _terms(declared: type[Terms], field: Field, reader: Reader) -> dict[str, Any]:
    found = ((key, posted(term.form, field.inner(key), reader)) for key, term in terms_of(declared).items())
    return {key: value for key, value in found if value is not ABSENT}


@singledispatch
def posted(form: Form, field: Field, reader: Reader) -> Any:
    """Give what a field says as a policy file writes it; ABSENT where it says nothing.

    A form that is not known here is given the text, or what TOML makes of it, whichever it can read.
    """
    text = field.text.strip()
    return _guessed(form, text, reader) if text else ABSENT


def _guessed(form: Form, text: str, reader: Reader) -> object:
    return next((one for one in (text, *_as_toml(text)) if _reads(form, one, reader)), text)


def _as_toml(text: str) -> Sequence[object]:
    try:
        return [tomllib.loads(f"value = {text}", parse_float=Decimal)["value"]]
    except (ValueError, RecursionError, ArithmeticError, KeyError):
        return []


def _reads(form: Form, value: object, reader: Reader) -> bool:
    trial = Reader(reader.pays, reader.caps_in, reader.on, reader.analytes)
    form.read(value, (), trial)
    return not trial.mistakes


@posted.register(Amount)
@posted.register(Choice)
@posted.register(UnitName)
@posted.register(Analyte)
def _(_form: Form, field: Field, _reader: Reader) -> Any:
    return field.text.strip() or ABSENT


@posted.register
def _(_form: Text, field: Field, _reader: Reader) -> Any:
    return field.text or ABSENT


@posted.register
def _(_form: Whole, field: Field, _reader: Reader) -> Any:
    return _number(field.text.strip())


@posted.register
def _(_form: WholeOr, field: Field, _reader: Reader) -> Any:
    word = field.text
    return _number(Field(field.fields, field.name + NUMBER).text.strip()) if word == NUMBER else word or ABSENT


@posted.register
def _(_form: Flag, field: Field, _reader: Reader) -> Any:
    return field.text == "yes" if field.is_there else ABSENT


@posted.register
def _(_form: OutcomeClasses, field: Field, _reader: Reader) -> Any:
    said = {outcome: field.inner(outcome).text for outcome in field.within()}
    return {outcome: seen_as for outcome, seen_as in said.items() if seen_as} or ABSENT


@posted.register
def _(form: Table, field: Field, reader: Reader) -> Any:
    return _terms(form.of, field, reader) if field.is_there else ABSENT


@posted.register
def _(form: Several, field: Field, reader: Reader) -> Any:
    if isinstance(form.each, Table):
        places = sorted(int(key) for key in field.within() if _NUMBER.fullmatch(key))
        return [_terms(form.each.of, field.inner(str(place)), reader) for place in places] or ABSENT
    if isinstance(form.each, Analyte):
        return field.fields.getlist(field.name) or ABSENT
    if isinstance(form.each, Amount):
        return [text for text in _BETWEEN.split(field.text) if text] or ABSENT
    lines = [line.removesuffix("\r") for line in field.text.split("\n")]
    return [_guessed(form.each, line, reader) for line in lines if line.strip()] or ABSENT


def _number(text: str) -> Any:
    return int(text) if _NUMBER.fullmatch(text) else text or ABSENT
