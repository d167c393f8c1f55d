"""Forms: how a term of a policy, a program or the settings is written in a TOML file, and read back.

A set of terms is a frozen dataclass whose fields are made by `term`. The fields are the whole declaration: what is
allowed, what it means, what holds when it is left out. Reading, writing, checking and showing all go by them, for the
kinds of policy that ship and for those that others add.
"""

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, final

from cm_engine.errors import nearest, quoted, short
from cm_engine.events import ANALYTES, Kind
from cm_engine.money import COUNTED, CURRENCIES, LARGEST, MONEY, AmountError, Unit

Path = tuple[str | int, ...]


@final
class Wrong:
    """What reading gives for a value that cannot be read; the mistake itself is already told."""


WRONG = Wrong()


@dataclass
class Reader:
    """What reading depends on, and the mistakes found so far, each with the path of its key."""

    pays: Unit = MONEY
    caps_in: Unit = MONEY
    on: Kind | None = None
    analytes: Collection[str] = ANALYTES
    mistakes: list[tuple[Path, str]] = field(default_factory=list)

    def wrong(self, at: Path, what: str) -> Wrong:
        """Note a mistake."""
        self.mistakes.append((at, what))
        return WRONG


class Form(ABC):
    """One way to write a term."""

    @property
    @abstractmethod
    def allowed(self) -> str:
        """What may stand there, in words that complete 'must be …'."""

    @abstractmethod
    def read(self, written: object, at: Path, reader: Reader) -> Any:
        """Read what the file says; WRONG, and a mistake noted, where it cannot be read."""

    def write(self, value: Any, reader: Reader) -> object:
        """Write a value the way `read` reads it."""
        return value

    def refuse(self, written: object, at: Path, reader: Reader, hint: str = "") -> Wrong:
        """Note that what is written is not what is allowed."""
        return reader.wrong(at, f"{shown(written)} does not fit: it must be {self.allowed}{hint}")


def shown(written: object) -> str:
    """Show a value the way TOML writes it, so that a reader finds it in the file."""
    match written:
        case bool():
            return str(written).lower()
        case str():
            return quoted(written)
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return short(str(written))


@dataclass(frozen=True)
class Text(Form):
    """A line of text."""

    allowed = "a line of text in quotes"

    def read(self, written: object, at: Path, reader: Reader) -> str | Wrong:
        """Take any text that is not empty and stands on one line."""
        if isinstance(written, str) and written.strip() and written.isprintable():
            return written
        return self.refuse(written, at, reader)


@dataclass(frozen=True)
class Whole(Form):
    """A whole number."""

    at_least: int = 1

    @property
    def allowed(self) -> str:
        """What may stand there."""
        return f"a whole number of at least {self.at_least} and at most {LARGEST:,}"

    def read(self, written: object, at: Path, reader: Reader) -> int | Wrong:
        """Take an integer in range."""
        if isinstance(written, int) and not isinstance(written, bool) and self.at_least <= written <= LARGEST:
            return written
        return self.refuse(written, at, reader)


@dataclass(frozen=True)
class Flag(Form):
    """Yes or no."""

    allowed = "true or false"

    def read(self, written: object, at: Path, reader: Reader) -> bool | Wrong:
        """Take a TOML boolean."""
        return written if isinstance(written, bool) else self.refuse(written, at, reader)


@dataclass(frozen=True)
class Choice(Form):
    """One of a few words."""

    options: tuple[str, ...]

    @property
    def allowed(self) -> str:
        """What may stand there."""
        return one_of(self.options)

    def read(self, written: object, at: Path, reader: Reader) -> str | Wrong:
        """Take one of the words."""
        if isinstance(written, str) and written in self.options:
            return written
        return self.refuse(written, at, reader, nearest(str(written), self.options))


@dataclass(frozen=True)
class WholeOr(Form):
    """A whole number, or one of a few words."""

    whole: Whole
    words: Choice

    @property
    def allowed(self) -> str:
        """What may stand there."""
        return f"{self.whole.allowed}, or {self.words.allowed}"

    def read(self, written: object, at: Path, reader: Reader) -> int | str | Wrong:
        """Take either."""
        if isinstance(written, str) and written in self.words.options:
            return written
        if isinstance(written, int) and not isinstance(written, bool) and self.whole.at_least <= written <= LARGEST:
            return written
        return self.refuse(written, at, reader, nearest(str(written), self.words.options))


@dataclass(frozen=True)
class UnitName(Form):
    """What a policy pays in."""

    allowed = f"an ISO 4217 currency code such as usd, or {', '.join(COUNTED[:-1])} or {COUNTED[-1]}"

    def read(self, written: object, at: Path, reader: Reader) -> Unit | Wrong:
        """Take a currency code in either case, or the name of a counted unit."""
        if isinstance(written, str):
            code = written.lower()
            if code in COUNTED or code in CURRENCIES:
                return Unit(code)
            return self.refuse(written, at, reader, nearest(code, (*COUNTED, *CURRENCIES)))
        return self.refuse(written, at, reader)

    def write(self, value: Unit, reader: Reader) -> object:
        """Write the code."""
        return value.code


@dataclass(frozen=True)
class Amount(Form):
    """An amount: of what the policy pays, of what its caps count, or of money."""

    of: str = "pays"

    allowed = 'an amount such as "2.50" or 3'

    def unit(self, reader: Reader) -> Unit:
        """Tell the unit the amount is in."""
        return {"pays": reader.pays, "caps": reader.caps_in}.get(self.of, MONEY)

    def read(self, written: object, at: Path, reader: Reader) -> int | Wrong:
        """Read into the unit's smallest step."""
        try:
            return self.unit(reader).read(written)
        except AmountError as error:
            return reader.wrong(at, f"{shown(written)} does not fit: {error}")

    def write(self, value: int, reader: Reader) -> object:
        """Write money as a decimal string, counted units as a number."""
        unit = self.unit(reader)
        return unit.text(value) if unit.is_money else value


@dataclass(frozen=True)
class Worth(Amount):
    """Money that one point stands for: above zero, since nothing can be counted in nothings."""

    of: str = "money"

    def read(self, written: object, at: Path, reader: Reader) -> int | Wrong:
        """Read as money above zero."""
        value = super().read(written, at, reader)
        if value == 0:
            return reader.wrong(at, "a point must be worth more than nothing; leave it out, and caps count points")
        return value


@dataclass(frozen=True)
class Analyte(Form):
    """The name of an analyte that the program knows."""

    allowed = "the name of an analyte"

    def read(self, written: object, at: Path, reader: Reader) -> str | Wrong:
        """Take a known name."""
        if isinstance(written, str) and written in reader.analytes:
            return written
        return reader.wrong(at, f"{shown(written)} is not a known analyte{nearest(str(written), reader.analytes)}")


@dataclass(frozen=True)
class NewName(Form):
    """A name that joins a list of names: lower case, as events write it."""

    allowed = "a name of lower-case letters, digits and hyphens"

    def read(self, written: object, at: Path, reader: Reader) -> str | Wrong:
        """Take a name that an events file can carry."""
        if isinstance(written, str) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", written):
            return written
        return self.refuse(written, at, reader)


@dataclass(frozen=True)
class Several(Form):
    """A list, each entry of one form; where it is `unique`, none stands there twice."""

    each: Form
    unique: bool = False

    @property
    def allowed(self) -> str:
        """What may stand there."""
        return f"a list, each entry {self.each.allowed}"

    def read(self, written: object, at: Path, reader: Reader) -> tuple[Any, ...] | Wrong:
        """Read every entry, so that every mistake is told; what cannot be read is WRONG in its place."""
        if not isinstance(written, list):
            return self.refuse(written, at, reader)
        entries: dict[object, int] = {}
        read = tuple(self.each.read(entry, (*at, place), reader) for place, entry in enumerate(written))
        for place, entry in enumerate(read):
            if self.unique and entry is not WRONG and entries.setdefault(entry, place) != place:
                reader.wrong((*at, place), f"{shown(entry)} stands there twice")
        return read

    def write(self, value: tuple[Any, ...], reader: Reader) -> object:
        """Write every entry."""
        return [self.each.write(entry, reader) for entry in value]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A set of terms: what every frozen dataclass of terms is."""

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Find terms that do not go together, as (path of the key, what is wrong).

        `given` are the terms that the file has; WRONG where one cannot be read, alone or within a list.
        """
        del given
        yield from ()


@dataclass(frozen=True)
class Table(Form):
    """A table of terms of its own."""

    of: type[Terms]

    allowed = "a table"

    def read(self, written: object, at: Path, reader: Reader) -> Any:
        """Read the table's terms into their dataclass."""
        if not isinstance(written, dict):
            return self.refuse(written, at, reader)
        return read_terms(self.of, written, at, reader)

    def write(self, value: Any, reader: Reader) -> object:
        """Write the table's terms."""
        return write_terms(value, reader)


@dataclass(frozen=True)
class Term:
    """What a field says of its key: form, meaning, and where it applies."""

    form: Form
    meaning: str
    required: bool
    applies: Callable[[Reader], bool]


def _everywhere(_: Reader) -> bool:
    return True


def term(
    form: Form,
    meaning: str,
    *,
    default: object = dataclasses.MISSING,
    applies: Callable[[Reader], bool] = _everywhere,
) -> Any:
    """Declare a key: its form, its meaning for people, its default (none: required), and where it is read at all."""
    told = {"term": Term(form, meaning, default is dataclasses.MISSING, applies)}
    if default is dataclasses.MISSING:
        return field(metadata=told)
    return field(default=default, metadata=told)


def terms_of(declared: type) -> dict[str, Term]:
    """Give the declared terms of a dataclass by key, in their order."""
    return {f.name: f.metadata["term"] for f in dataclasses.fields(declared) if "term" in f.metadata}


T = TypeVar("T", bound=Terms)


def read_terms(
    declared: type[T], written: Mapping[str, object], at: Path, reader: Reader, also: Collection[str] = ()
) -> T | Wrong:
    """Read a table into its dataclass; every mistake is noted, and WRONG given where there is one.

    `also` names keys that somebody else has read. An empty list is as good as absent.
    """
    before = len(reader.mistakes)
    given = gather(terms_of(declared), written, at, reader, also)
    for key_path, what in declared.clashes(given):
        reader.wrong((*at, *key_path), what)
    make: Callable[..., T] = declared
    return WRONG if len(reader.mistakes) > before else make(**given)


def gather(
    terms: Mapping[str, Term], written: Mapping[str, object], at: Path, reader: Reader, also: Collection[str] = ()
) -> dict[str, Any]:
    """Read each term of a table that is there; WRONG where it cannot be read, and the mistake noted."""
    _refuse_unknown(written, [*terms, *also], at, reader)
    given: dict[str, Any] = {}
    for key, declared in terms.items():
        if not declared.applies(reader):
            continue
        if key in written and written[key] != []:
            given[key] = declared.form.read(written[key], (*at, key), reader)
        elif declared.required:
            what = f"{quoted(key)} is missing ({declared.meaning}); it must be {declared.form.allowed}"
            reader.wrong((*at, key), what)
    return given


def _refuse_unknown(written: Mapping[str, object], known: Collection[str], at: Path, reader: Reader) -> None:
    for key in written:
        if key not in known:
            hint = nearest(key, known) or "."
            reader.wrong((*at, key), f"unknown key{hint} What may stand here: {', '.join(known)}")


def write_terms(terms: Terms, reader: Reader) -> dict[str, object]:
    """Write a dataclass of terms as a table; what is absent or empty is left out."""
    return {
        key: declared.form.write(value, reader)
        for key, declared in terms_of(type(terms)).items()
        if (value := getattr(terms, key)) is not None and value != ()
    }


def one_of(words: Collection[str]) -> str:
    """Say a choice: `one of start, never`; a single word stands alone."""
    return f"one of {', '.join(words)}" if len(words) > 1 else f'"{next(iter(words), "")}"'
