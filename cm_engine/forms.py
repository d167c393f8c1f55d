"""Forms: how one value is written in a TOML file, and read back: a text, a whole number, an amount, a list of these."""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any, final

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
    """What reading depends on, and the mistakes found so far, each with the path of its key.

    `zones` are the time zones there are, `labels` those of the slips that prizes are drawn by; None: any will do.
    """

    pays: Unit = MONEY
    caps_in: Unit = MONEY
    on: Kind | None = None
    analytes: Collection[str] = ANALYTES
    zones: Collection[str] | None = None
    labels: Collection[str] | None = None
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
    """Show a value the way TOML and JSON write it, so that a reader finds it in the file."""
    match written:
        case None:
            return "null"
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
        return f"a whole number of at least {self.at_least}"

    def fits(self, written: object) -> bool:
        """Tell whether it is an integer in range."""
        return isinstance(written, int) and not isinstance(written, bool) and self.at_least <= written <= LARGEST

    def hint(self, written: object) -> str:
        """Say what is easily overlooked: quotation marks, or the most that a number may be."""
        if isinstance(written, str) and written.strip().isdecimal():
            return ", without quotes"
        return f", and at most {LARGEST:,}" if isinstance(written, int) and written > LARGEST else ""

    def read(self, written: object, at: Path, reader: Reader) -> Any:
        """Take an integer in range."""
        return written if self.fits(written) else self.refuse(written, at, reader, self.hint(written))


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

    def read(self, written: object, at: Path, reader: Reader) -> Any:
        """Take either."""
        if self.whole.fits(written) or (isinstance(written, str) and written in self.words.options):
            return written
        hint = self.whole.hint(written) or nearest(str(written), self.words.options)
        return self.refuse(written, at, reader, hint)


class UnitName(Form):
    """What a policy pays in."""

    allowed = f"an ISO 4217 currency code such as usd, or {', '.join(COUNTED[:-1])} or {COUNTED[-1]}"

    def read(self, written: object, at: Path, reader: Reader) -> Unit | Wrong:
        """Take a currency code in either case, or the name of a counted unit."""
        if isinstance(written, str):
            code = written.lower()
            if code in COUNTED or code in CURRENCIES:
                return Unit(code)
            near = nearest(code, (*COUNTED, *CURRENCIES) if len(code) <= len("usd") + 1 else COUNTED)
            return self.refuse(written, at, reader, near)
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


class DayOfYear(Form):
    """A day of every year, by month and day."""

    allowed = 'a month and a day such as "07-01"'

    def read(self, written: object, at: Path, reader: Reader) -> str | Wrong:
        """Take a day that every year has."""
        if isinstance(written, str) and re.fullmatch(r"[0-9]{2}-[0-9]{2}", written):
            try:
                date.fromisoformat(f"2025-{written}")
            except ValueError:
                return self.refuse(written, at, reader, ", of every year")
            return written
        return self.refuse(written, at, reader)


class Analyte(Form):
    """The name of an analyte that the program knows."""

    allowed = "the name of an analyte"

    def read(self, written: object, at: Path, reader: Reader) -> str | Wrong:
        """Take a known name."""
        if isinstance(written, str) and written in reader.analytes:
            return written
        return reader.wrong(at, f"{shown(written)} is not a known analyte{nearest(str(written), reader.analytes)}")


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


def one_of(words: Collection[str]) -> str:
    """Say a choice: `one of start, never`; a single word stands alone."""
    return f"one of {', '.join(words)}" if len(words) > 1 else f'"{next(iter(words), "")}"'
