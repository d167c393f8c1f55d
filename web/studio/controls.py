"""Controls: a policy's terms as the fields of a page, each with its meaning and range, made from the terms' own declarations.

They are made from the table of a policy file, not from a policy, so that what is half done or wrong can be shown and mended: every
mistake stands at its control. A form that no control is known for gets a line of text, so that plug-ins need none of their own.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any, NamedTuple

from cm_engine.events import ANALYTES, OUTCOMES
from cm_engine.forms import (
    WRONG,
    Amount,
    Analyte,
    Choice,
    DayOfYear,
    Flag,
    Form,
    Path,
    Reader,
    Several,
    UnitName,
    Whole,
    WholeOr,
)
from cm_engine.money import COUNTED, CURRENCIES, MONEY
from cm_engine.policies.contract import SEEN_AS, USUALLY, OutcomeClasses, Policy
from cm_engine.policies.written import reader_of
from cm_engine.terms import Table, Term, Terms, defaults_of, given, terms_of
from web.filters import words

# In front of the name of every field that is a term's; behind that of a choice, the field for the number that may stand there instead.
LEAD, NUMBER = "t", "#"

# As many words as are shown at once; of more, one is taken from a list.
FEW = 4


class Option(NamedTuple):
    """One of several values, in words; `about` heads those that belong together."""

    value: str
    words: str
    about: str = ""


@dataclass(frozen=True)
class Control:
    """A term as a field: its name in the form, what it is called and means, what stands in it; and elsewhere, where that differs."""

    name: str
    label: str
    meaning: str
    shape: str = "text"
    value: str = ""
    chosen: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    of: str = ""
    least: int | None = None
    is_required: bool = False
    mistakes: tuple[str, ...] = ()
    elsewhere: str = ""


@dataclass(frozen=True)
class Group:
    """A table of terms: its parts, whether it may be left out, and whether it is there."""

    name: str
    label: str
    meaning: str
    parts: tuple["Part", ...]
    shape: str = "group"
    is_optional: bool = False
    is_on: bool = True
    mistakes: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """How many mistakes there are in it."""
        return count(self)


@dataclass(frozen=True)
class Rows:
    """A list of tables, a row each, to which one can be added."""

    name: str
    label: str
    meaning: str
    rows: tuple[Group, ...]
    shape: str = "rows"
    mistakes: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """How many mistakes there are in it."""
        return count(self)


Part = Control | Group | Rows
Mistakes = Sequence[tuple[Path, str]]


def controls(
    kind: type[Policy[Any]], table: Mapping[str, Any], mistakes: Mistakes, analytes: Collection[str] = ANALYTES
) -> tuple[Group, ...]:
    """Give the controls of a policy's table, in groups: what every policy says first, then what is changed most."""
    maker = _Maker(reader_of(table, analytes), mistakes)
    shown = [(key, term) for key, term in terms_of(kind).items() if maker.is_shown(kind, table, key, term)]
    parts = {key: maker.part(kind, key, term, table, ()) for key, term in shown}
    about = Group("", "The policy", "what it is called, what it rewards and what it pays in", _alone(parts.values()))
    heads = {key: _as_group(part) for key, part in parts.items() if not isinstance(part, Control)}
    own = [key for key in heads if key not in terms_of(Policy)]
    order = [*own[:1], "bowl", *own[1:], "caps", "outcomes", "corrections"]
    return (about, *(heads[key] for key in order if key in heads))


def says(part: Part) -> str:
    """Say in a line what stands in a part, for its head while it is folded."""
    match part:
        case Control(shape="either"):
            return f"{part.label.lower()} {part.value or words(part.chosen[0]).lower()}"
        case Control(shape="several"):
            return f"{part.label.lower()} {', '.join(part.chosen)}" if part.chosen else ""
        case Control(shape="flag"):
            return part.label.lower() if part.value == "true" else ""
        case Control():
            return f"{part.label.lower()} {part.value}" if part.value else ""
        case Rows():
            return "; ".join(says(row) or "?" for row in part.rows) or "none"
        case Group(is_on=False):
            return "not set"
        case Group(shape="outcomes"):
            return ", ".join(filter(None, map(says, part.parts))) or "as usual"
        case _:
            return ", ".join(filter(None, map(says, part.parts)))


def stands(groups: Sequence[Group]) -> dict[str, str]:
    """Say by the name of each control what stands in it."""
    return {one.name: _stands(one) for group in groups for one in _controls(group)}


def marked(groups: Sequence[Group], elsewhere: Mapping[str, str]) -> tuple[Group, ...]:
    """Give groups in which each control that is named says what stands elsewhere."""
    return tuple(_marked_group(group, elsewhere) for group in groups)


def _marked_group(group: Group, elsewhere: Mapping[str, str]) -> Group:
    return replace(group, parts=tuple(_marked(part, elsewhere) for part in group.parts))


def _marked(part: Part, elsewhere: Mapping[str, str]) -> Part:
    match part:
        case Group():
            return _marked_group(part, elsewhere)
        case Rows():
            return replace(part, rows=tuple(_marked_group(row, elsewhere) for row in part.rows))
        case Control():
            return replace(part, elsewhere=elsewhere.get(part.name, ""))


def _controls(part: Part) -> Iterator[Control]:
    if isinstance(part, Control):
        yield part
    for one in part.parts if isinstance(part, Group) else part.rows if isinstance(part, Rows) else ():
        yield from _controls(one)


def _stands(one: Control) -> str:
    """Say what stands in a control."""
    match one.shape:
        case "flag":
            return "yes" if one.value == "true" else "no"
        case "several":
            return ", ".join(map(words, one.chosen))
        case "either":
            return one.value or words(one.chosen[0])
        case _:
            return next((option.words for option in one.options if option.value == one.value), one.value)


def nowhere(groups: Sequence[Group], mistakes: Mistakes) -> list[str]:
    """Give the mistakes that no control shows, such as that of a key which nothing knows."""
    shown = {path for group in groups for path in _paths(group)}
    return [what for path, what in mistakes if shown.isdisjoint(path[:size] for size in range(1, len(path) + 1))]


def count(part: Part) -> int:
    """Count the mistakes in a part."""
    return sum(1 for _ in _told(part))


def _told(part: Part) -> Iterator[str]:
    yield from part.mistakes
    inner: tuple[Part, ...] = part.parts if isinstance(part, Group) else part.rows if isinstance(part, Rows) else ()
    for one in inner:
        yield from _told(one)


def _paths(part: Part) -> Iterator[Path]:
    """Give the paths at which a part shows mistakes."""
    if part.name:
        yield tuple(int(key) if key.isdecimal() else key for key in part.name.split(".")[1:])
    inner: tuple[Part, ...] = part.parts if isinstance(part, Group) else part.rows if isinstance(part, Rows) else ()
    for one in inner:
        yield from _paths(one)


def _alone(parts: Collection[Part]) -> tuple[Part, ...]:
    return tuple(part for part in parts if isinstance(part, Control))


def _as_group(part: Part) -> Group:
    if isinstance(part, Group):
        return part
    return Group("", part.label, part.meaning, (part,), shape="list")


class _Maker(NamedTuple):
    """What controls are made by: how amounts are read, and the mistakes there are."""

    reader: Reader
    mistakes: Mistakes

    def is_shown(self, kind: type[Policy[Any]], table: Mapping[str, Any], key: str, term: Term) -> bool:
        """Tell whether a term says anything for what the policy is on and pays; one that is there is always shown."""
        if not term.applies(self.reader):
            return False
        with_it = {"on": self.reader.on, key: WRONG}
        return given(table, key) or all(path != (key,) for path, _ in kind.clashes(with_it))

    def at(self, path: Path) -> tuple[str, ...]:
        """Give the mistakes at a path itself."""
        return tuple(what for where, what in self.mistakes if where == path)

    def under(self, path: Path) -> tuple[str, ...]:
        """Give the mistakes at a path or within it; one in a list says in which entry."""
        size = len(path)
        return tuple(f"{_nth(where[size:])}{what}" for where, what in self.mistakes if where[:size] == path)

    def part(self, declared: type[Terms], key: str, term: Term, table: Mapping[str, Any], at: Path) -> Part:
        """Make the part for a key of a table."""
        path = (*at, key)
        default = defaults_of(declared).get(key)
        value = table.get(key)
        head = Control(name_of(path), words(key), term.meaning, is_required=term.required)
        if isinstance(term.form, OutcomeClasses):
            return self.outcomes(head, value, path)
        if isinstance(term.form, Table):
            is_optional = not term.required and default is None
            made = self.group(head, term.form.of, value if isinstance(value, dict) else {}, path)
            return replace(made, is_optional=is_optional, is_on=not is_optional or key in table)
        if isinstance(term.form, Several) and isinstance(term.form.each, Table):
            return self.rows(head, term.form.each.of, value if isinstance(value, list) else [], path)
        if value is None and default is not None:
            value = term.form.write(default, self.reader)
        mistakes = tuple(what.replace(f" ({term.meaning})", "") for what in self.under(path))
        return replace(control(term.form, head, value, self.reader), mistakes=mistakes)

    def group(self, head: Control, declared: type[Terms], table: Mapping[str, Any], path: Path) -> Group:
        """Make the group of a table."""
        parts = [
            self.part(declared, key, term, table, path)
            for key, term in terms_of(declared).items()
            if term.applies(self.reader)
        ]
        return Group(head.name, head.label, head.meaning, tuple(parts), mistakes=self.at(path))

    def rows(self, head: Control, declared: type[Terms], listed: Sequence[Any], path: Path) -> Rows:
        """Make a row for each table of a list."""
        rows = [
            self.group(
                Control(name_of((*path, place)), f"{head.label} {place + 1}", ""),
                declared,
                table if isinstance(table, dict) else {},
                (*path, place),
            )
            for place, table in enumerate(listed)
        ]
        return Rows(head.name, head.label, head.meaning, tuple(rows), mistakes=self.at(path))

    def outcomes(self, head: Control, value: object, path: Path) -> Group:
        """Make a choice for each outcome: as usual, or as something else."""
        said = value if isinstance(value, dict) else {}
        known = OUTCOMES[self.reader.on] if self.reader.on else tuple(USUALLY)
        names = [*known, *(outcome for outcome in said if outcome not in known)]
        parts = tuple(self.outcome(outcome, said.get(outcome), (*path, outcome)) for outcome in names)
        return Group(head.name, head.label, head.meaning, parts, shape="outcomes", mistakes=self.at(path))

    def outcome(self, outcome: str, said: object, path: Path) -> Control:
        """Make the choice of how an outcome is seen."""
        usually = Option("", f"as usual: {USUALLY[outcome]}" if outcome in USUALLY else "as usual")
        options = (usually, *(Option(seen_as, seen_as) for seen_as in SEEN_AS))
        chosen = "" if said is None else str(said)
        mistakes = self.under(path)
        name, label = name_of(path), words(outcome)
        return Control(name, label, "", "list", chosen, options=_with(options, chosen), mistakes=mistakes)


def _nth(within: Path) -> str:
    return f"number {within[0] + 1}: " if within and isinstance(within[0], int) else ""


def name_of(path: Path) -> str:
    """Give the name of the field of a key: `t.phases.0.amount`."""
    return ".".join((LEAD, *map(str, path)))


def text_of(value: object) -> str:
    """Write what stands in a table as it is typed."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return str(value)


@singledispatch
def control(_form: Form, head: Control, value: object, _reader: Reader) -> Control:
    """Make the control of a form, with what stands there; a line of text where no better one is known."""
    return replace(head, value=text_of(value))


@control.register
def _(form: Whole, head: Control, value: object, _reader: Reader) -> Control:
    return replace(head, shape="number", value=text_of(value), least=form.at_least)


@control.register
def _(form: Amount, head: Control, value: object, reader: Reader) -> Control:
    unit = form.unit(reader)
    return replace(head, shape="amount", value=text_of(value), of=unit.code.upper() if unit.is_money else unit.code)


@control.register
def _(_form: Flag, head: Control, value: object, _reader: Reader) -> Control:
    return replace(head, shape="flag", value=text_of(value))


@control.register
def _(form: Choice, head: Control, value: object, _reader: Reader) -> Control:
    options = tuple(Option(word, words(word)) for word in form.options)
    shape = "choices" if len(options) <= FEW else "list"
    return replace(head, shape=shape, value=text_of(value), options=_with(options, text_of(value)))


@control.register
def _(form: WholeOr, head: Control, value: object, _reader: Reader) -> Control:
    named = tuple(Option(word, words(word)) for word in form.words.options)
    text = text_of(value)
    chosen = text if text in form.words.options else NUMBER
    options = (*named, Option(NUMBER, "A number"))
    number = "" if text in form.words.options else text
    return replace(head, shape="either", value=number, chosen=(chosen,), options=options, least=form.whole.at_least)


@control.register
def _(_form: UnitName, head: Control, value: object, _reader: Reader) -> Control:
    usual = [Option(MONEY.code, "US dollars"), *(Option(code, words(code)) for code in COUNTED)]
    others = [Option(code, code.upper(), "Other currencies") for code in sorted(CURRENCIES - {MONEY.code})]
    text = text_of(value).lower()
    return replace(head, shape="list", value=text, options=_with((*usual, *others), text))


@control.register
def _(_form: DayOfYear, head: Control, value: object, _reader: Reader) -> Control:
    return replace(head, shape="day", value=text_of(value))


@control.register
def _(_form: Analyte, head: Control, value: object, reader: Reader) -> Control:
    options = tuple(Option(name, words(name)) for name in sorted(reader.analytes))
    return replace(
        head, shape="list", value=text_of(value), options=_with((Option("", "none"), *options), text_of(value))
    )


@control.register
def _(form: Several, head: Control, value: object, reader: Reader) -> Control:
    entries = tuple(map(text_of, value)) if isinstance(value, list | tuple) else (text_of(value),) if value else ()
    if isinstance(form.each, Analyte):
        return _ticked(head, entries, reader.analytes)
    if isinstance(form.each, Amount):
        inner = control(form.each, head, None, reader)
        return replace(inner, shape="amounts", value=", ".join(entries))
    return replace(head, shape="lines", value="\n".join(entries))


def _ticked(head: Control, entries: tuple[str, ...], known: Collection[str]) -> Control:
    """Make boxes to tick: what is ticked first, in its order, which is the order that it is read in."""
    names = (*dict.fromkeys(entries), *sorted(set(known) - set(entries)))
    options = tuple(Option(name, words(name)) for name in names)
    return replace(head, shape="several", chosen=entries, options=options)


def _with(options: tuple[Option, ...], value: str) -> tuple[Option, ...]:
    """Give options with what stands there among them, so that a mistake is shown as it is."""
    if not value or any(option.value == value for option in options):
        return options
    return (*options, Option(value, value))
