"""What can go wrong, in one family: every error says what is wrong, where, and what would be right."""

import difflib
from collections.abc import Collection, Iterable
from typing import NamedTuple


class Mistake(NamedTuple):
    """One thing wrong in a file, with its place.

    `line` counts from 1; 0 means the file as a whole. `where` is a column or key, or empty.
    """

    line: int
    where: str
    what: str

    def text(self, source: str) -> str:
        """Write the mistake the way compilers do, so that editors can jump to it."""
        place = f"{source}:{self.line}" if self.line else source
        return f"{place}: {self.where}: {self.what}" if self.where else f"{place}: {self.what}"


class CmError(Exception):
    """The family of every error this engine raises on purpose."""


class InputError(CmError):
    """A file that cannot be taken, with all of its mistakes."""

    def __init__(self, source: str, mistakes: Iterable[Mistake]) -> None:
        self.source = source
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake.line))
        super().__init__("\n".join(mistake.text(source) for mistake in self.mistakes))


class FilesError(CmError):
    """Several files that cannot be taken."""

    def __init__(self, errors: Iterable[InputError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, self.errors)))


def nearest(word: str, known: Collection[str]) -> str:
    """Say which known words are nearest, as the tail of a message: '; did you mean "negative"?', or nothing."""
    close = difflib.get_close_matches(word.lower(), known, n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(quoted(name) for name in close)}?" if close else ""


def short(text: str, longest: int = 60) -> str:
    """Keep what somebody wrote on one line, and never longer than a line."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return cut if cut.isprintable() else cut.encode("unicode_escape").decode("ascii")


def quoted(text: object) -> str:
    """Quote what somebody wrote, on one line and never longer than a line."""
    return f'"{short(str(text))}"'
