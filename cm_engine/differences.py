"""Differences: what one set of terms says otherwise than another, term by term, in the words that the terms declare.

It goes by the declarations alone, so that what a plug-in's policy adds is told like the rest.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cm_engine.forms import Form, Reader, Several
from cm_engine.terms import Table, Term, Terms, field_of, terms_of

# By these a table is known again among others of its list.
KNOWN_BY = ("label", "name", "session", "per", "from_week", "analytes", "weeks")

NOTHING = "not set"


class Difference(NamedTuple):
    """A term that changed: its key, what it means, and what it said and says; `not set` where it was or is left out."""

    key: str
    meaning: str
    before: str
    after: str


def differences(before: Terms, after: Terms, readers: tuple[Reader, Reader]) -> list[Difference]:
    """Give every term that differs; `readers` are those of either, which know in what amounts are written."""
    return list(_of_table(type(before), type(after), before, after, _Written(*readers), ""))


class _Written(NamedTuple):
    """How values of either set of terms are written."""

    before: Reader
    after: Reader


def _of_table(
    first: type[Terms], second: type[Terms], before: Any, after: Any, readers: _Written, lead: str
) -> Iterator[Difference]:
    declared = {**terms_of(first), **terms_of(second)}
    for key, term in declared.items():
        old, new = _value(before, key), _value(after, key)
        if old != new:
            yield from _of_term(term, old, new, readers, f"{lead}{key}")


def _of_term(term: Term, old: Any, new: Any, readers: _Written, key: str) -> Iterator[Difference]:
    form = term.form
    if isinstance(form, Table) and isinstance(old, Terms) and isinstance(new, Terms):
        yield from _of_table(type(old), type(new), old, new, readers, f"{key}: ")
    elif isinstance(form, Several) and isinstance(form.each, Table):
        yield from _of_list(term, form.each, old or (), new or (), readers, key)
    else:
        yield Difference(key, term.meaning, _text(form, old, readers.before), _text(form, new, readers.after))


def _of_list(
    term: Term, table: Table, old: Sequence[Terms], new: Sequence[Terms], readers: _Written, key: str
) -> Iterator[Difference]:
    """Tell which tables of a list were added, changed or left out, by what each is known by."""
    were, are = _known(table, old, readers.before), _known(table, new, readers.after)
    for name in dict.fromkeys([*were, *are]):
        one, other = were.get(name), are.get(name)
        if one == other:
            continue
        if one is not None and other is not None:
            yield from _of_table(type(one), type(other), one, other, readers, f"{key} {name}: ")
        else:
            texts = (_text(table, one, readers.before), _text(table, other, readers.after))
            yield Difference(f"{key} {name}", term.meaning, *texts)


def _known(table: Table, listed: Sequence[Terms], reader: Reader) -> dict[str, Terms]:
    known: dict[str, Terms] = {}
    by = next((key for key in KNOWN_BY if key in terms_of(table.of)), None)
    for number, one in enumerate(listed, 1):
        name = _text(terms_of(table.of)[by].form, _value(one, by), reader) if by else str(number)
        known[name if name not in known else f"{name} ({number})"] = one
    return known


def _value(terms: Any, key: str) -> Any:
    value = getattr(terms, field_of(key), None)
    return None if value in ((), "") else value


def _text(form: Form, value: Any, reader: Reader) -> str:
    """Write a value for people."""
    return NOTHING if value is None else _plain(form.write(value, reader))


def _plain(written: object) -> str:
    match written:
        case bool():
            return "yes" if written else "no"
        case dict():
            return ", ".join(f"{key} {_plain(value)}" for key, value in written.items())
        case list() | tuple():
            return "; ".join(map(_plain, written))
        case _:
            return str(written)
