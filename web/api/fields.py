"""Fields: the kinds of values that calls take and answer, each read strictly, with a sentence for what is wrong."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import marshmallow
from marshmallow import RAISE, Schema, ValidationError, fields

from cm_engine.errors import quoted
from cm_engine.events import FINDINGS, YEARS

UNKNOWN = "there is no such field"
SAID = {"required": "is missing", "null": "may not be null; leave it out where there is none"}

ID = "^[0-9a-f]{24}$"
AMOUNT = r"^-?[0-9]+(\.[0-9]+)?$"
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")

# What a text of one line, and one of several, may hold: no control characters.
LINE = "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$"
LINES = "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$"


class Sent(Schema):
    """What a program sends; a field that is not known is named, never passed over."""

    error_messages = {"unknown": UNKNOWN, "type": "must be one JSON object"}  # noqa: RUF012 - the library's own

    class Meta:
        """Nothing but what is declared."""

        unknown = RAISE


class Told(Schema):
    """What a program is told: every field is there, and later versions may tell more."""

    class Meta:
        """Programs pass over what they do not know."""

        unknown = marshmallow.EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: "fields.Field[Any]") -> None:
        """Say of every field that it is there."""
        field_obj.required = True


class Text(fields.String):
    """A text of one line, or of several where `lines` says so."""

    default_error_messages = {**SAID, "invalid": "must be a text"}  # noqa: RUF012

    def __init__(self, about: str, *, least: int = 1, most: int = 200, lines: bool = False, **more: Any) -> None:
        self._least, self._most, self._lines = least, most, lines
        pattern = more.pop("pattern", LINES if lines else LINE)
        self._pattern = re.compile(_for_python(pattern))
        shape = {"description": about, "minLength": least, "maxLength": most, "pattern": pattern}
        super().__init__(metadata={**shape, **more.pop("metadata", {})}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        if not self._least <= len(text) <= self._most or not self._pattern.fullmatch(text):
            raise ValidationError(self._wrong(text))
        return text

    def _wrong(self, text: str) -> str:
        if not self._least <= len(text) <= self._most:
            return f"must have {self._least} to {self._most} characters, and has {len(text)}"
        return self._not_so(text)

    def _not_so(self, text: str) -> str:
        how = "in lines" if self._lines else "on one line"
        return f"must be written {how}, without control characters; this is {quoted(text)}"


class Id(Text):
    """A random id, as an earlier answer gave it."""

    def __init__(self, about: str, **more: Any) -> None:
        super().__init__(about, least=24, most=24, pattern=ID, **more)

    def _wrong(self, text: str) -> str:
        return "must be an id as an answer gave it, of 24 hexadecimal digits; a person is found by their code under /participants/find"


class Key(Text):
    """A key that the program makes itself."""

    def __init__(self, about: str, **more: Any) -> None:
        super().__init__(about, most=128, pattern="^[!-~]+$", **more)

    def _not_so(self, text: str) -> str:
        return "must be 1 to 128 visible characters of ASCII, without blanks"


class Whole(fields.Integer):
    """A whole number."""

    default_error_messages = {**SAID, "invalid": "must be a whole number"}  # noqa: RUF012

    def __init__(self, about: str, least: int, most: int, **more: Any) -> None:
        self._least, self._most = least, most
        shape = {"description": about, "minimum": least, "maximum": most}
        super().__init__(metadata={**shape, **more.pop("metadata", {})}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        number = value if type(value) is int else self._typed(value)
        if not self._least <= number <= self._most:
            raise ValidationError(f"must be from {self._least} to {self._most}, and is {number}")
        return number

    def _typed(self, value: Any) -> int:
        raise self.make_error("invalid")


class TypedWhole(Whole):
    """A whole number in an address."""

    def _typed(self, value: Any) -> int:
        if not isinstance(value, str) or not re.fullmatch("[0-9]{1,9}", value):
            raise self.make_error("invalid")
        return int(value)


class Truth(fields.Boolean):
    """Yes or no, as JSON has it."""

    default_error_messages = {**SAID, "invalid": "must be true or false"}  # noqa: RUF012

    def __init__(self, about: str, **more: Any) -> None:
        super().__init__(metadata={"description": about}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class TypedTruth(Truth):
    """Yes or no in an address."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        if value not in {"true", "false"}:
            raise self.make_error("invalid")
        return value == "true"


class Choice(fields.String):
    """One of some words."""

    default_error_messages = {**SAID, "invalid": "must be a text"}  # noqa: RUF012

    def __init__(self, about: str, *words: str, **more: Any) -> None:
        self._words = words
        super().__init__(metadata={"description": about, "enum": list(words)}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        if text not in self._words:
            raise ValidationError(f"{quoted(text)} is none of {' '.join(self._words)}")
        return text


class Day(fields.Date):
    """A date at the site: 2026-03-02. Answers have it as it is written."""

    default_error_messages = {**SAID, "invalid": "must be a date, such as 2026-03-02"}  # noqa: RUF012

    def __init__(self, about: str, **more: Any) -> None:
        super().__init__(metadata={"description": about}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        day = day_of(value)
        if day is None:
            raise self.make_error("invalid")
        return _believable(day)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> Any:
        return value


class Moment(fields.String):
    """A moment with its offset, or a date alone, which is its beginning at the site."""

    default_error_messages = {  # noqa: RUF012
        **SAID,
        "invalid": "must be a date, such as 2026-03-02, or a date-time with its offset, such as 2026-03-02T10:05:00-08:00",
        "no_offset": "has no offset from UTC, so nobody knows when that is; write it such as 2026-03-02T10:05:00-08:00, "
        "or the date alone",
    }

    def __init__(self, about: str, **more: Any) -> None:
        one_of = [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
        super().__init__(metadata={"description": about, "anyOf": one_of}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        day = day_of(value)
        return _believable(self._moment(value) if day is None else day)

    def _moment(self, value: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise self.make_error("invalid") from error
        if moment.tzinfo is None:
            raise self.make_error("no_offset")
        return moment


class Texts(fields.List[str]):
    """Some names."""

    default_error_messages = {**SAID, "invalid": "must be a list"}  # noqa: RUF012

    def __init__(self, about: str, each: str, **more: Any) -> None:
        super().__init__(Text(each), metadata={"description": about}, **more)


class Findings(fields.Dict):
    """What was found of each analyte."""

    default_error_messages = {**SAID, "invalid": 'must be a JSON object, such as {{"cocaine": "negative"}}'}  # noqa: RUF012

    def __init__(self, about: str, **more: Any) -> None:
        finding = Choice("what was found; explained: a valid prescription", *FINDINGS)
        super().__init__(Text("an analyte", most=64), finding, metadata=say(about, {"cocaine": "negative"}), **more)


class Amount(fields.String):
    """An amount as a decimal text: money with two places, all else whole."""

    def __init__(self, about: str, **more: Any) -> None:
        shape = {"description": about, "pattern": AMOUNT}
        super().__init__(metadata=shape, **more)


def say(about: str, *examples: Any) -> dict[str, Any]:
    """Give what the document says of a field."""
    return {"description": about} | ({"examples": list(examples)} if examples else {})


def day_of(value: Any) -> date | None:
    """Read a date; None for what is none."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _believable(when: date) -> date:
    if when.year not in YEARS:
        raise ValidationError(f"the year {when.year} is not believable")
    return when


def _for_python(pattern: str) -> str:
    """Write a pattern of the document as Python has it: it always bears on the whole text."""
    return pattern.removeprefix("^").removesuffix("$")
