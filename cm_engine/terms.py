"""Terms: the keys of a policy, a program or the settings, declared once.

A set of terms is a frozen dataclass whose fields are made by `term`. The fields are the whole declaration: what is
allowed, what it means, what holds when it is left out. Reading, writing, checking and showing all go by them, for the
kinds of policy that ship and for those that others add.
"""

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any, TypeVar

from cm_engine.errors import nearest, quoted
from cm_engine.forms import WRONG, Form, Path, Reader, Wrong


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A set of terms: what every frozen dataclass of terms is."""

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
        """Find terms that do not go together, as (path of the key, what is wrong).

        `given` are the terms that the file has; WRONG where one cannot be read, alone or within a list.
        """
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
    return {f.name.removesuffix("_"): f.metadata["term"] for f in dataclasses.fields(declared) if "term" in f.metadata}


def defaults_of(declared: type) -> dict[str, object]:
    """Give what holds for each term of a dataclass that may be left out."""
    fields = dataclasses.fields(declared)
    return {
        f.name.removesuffix("_"): f.default
        for f in fields
        if "term" in f.metadata and f.default is not dataclasses.MISSING
    }


def field_of(key: str) -> str:
    """Give the name of the field that holds a key: the key itself, or `class_` for one that Python keeps to itself."""
    return f"{key}_" if iskeyword(key) else key


T = TypeVar("T", bound=Terms)


def read_terms(
    declared: type[T], written: Mapping[str, object], at: Path, reader: Reader, also: Collection[str] = ()
) -> T | Wrong:
    """Read a table into its dataclass; every mistake is noted, and WRONG given where there is one.

    `also` names keys that somebody else has read.
    """
    before = len(reader.mistakes)
    found = gather(terms_of(declared), written, at, reader, also)
    for key_path, what in declared.clashes(found):
        reader.wrong((*at, *key_path), what)
    make: Callable[..., T] = declared
    return WRONG if len(reader.mistakes) > before else make(**{field_of(key): value for key, value in found.items()})


def gather(
    terms: Mapping[str, Term], written: Mapping[str, object], at: Path, reader: Reader, also: Collection[str] = ()
) -> dict[str, Any]:
    """Read each term of a table that is there; WRONG where it cannot be read, and the mistake noted."""
    _refuse_unknown(written, [*terms, *also], at, reader)
    found: dict[str, Any] = {}
    for key, declared in terms.items():
        if not declared.applies(reader):
            continue
        if given(written, key):
            found[key] = declared.form.read(written[key], (*at, key), reader)
        elif declared.required:
            what = f"{quoted(key)} is missing ({declared.meaning}); it must be {declared.form.allowed}"
            reader.wrong((*at, key), what)
    return found


def given(written: Mapping[str, object], key: str) -> bool:
    """Tell whether a table gives a key; an empty list is as good as absent."""
    return key in written and written[key] != []


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
        if (value := getattr(terms, field_of(key))) not in (None, (), "")
    }
