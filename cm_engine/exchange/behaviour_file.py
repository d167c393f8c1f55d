"""Behaviour files: how patients behave, read from TOML with every mistake by its line, and written as TOML."""

from collections.abc import Collection
from pathlib import Path

from cm_engine.behaviour import Behaviour, read_behaviour, write_behaviour
from cm_engine.events import ANALYTES
from cm_engine.exchange import toml_file


def load_behaviour(path: Path, analytes: Collection[str] = ANALYTES) -> Behaviour:
    """Load a behaviour file. Raises InputError with every mistake."""
    return parse_behaviour(str(path), toml_file.read_text(path), analytes)


def parse_behaviour(source: str, text: str, analytes: Collection[str] = ANALYTES) -> Behaviour:
    """Read a behaviour from a behaviour file's text. Raises InputError with every mistake, by line."""
    behaviour, mistakes = read_behaviour(toml_file.parse(source, text), analytes)
    if behaviour is None:
        raise toml_file.refuse(source, text, mistakes)
    return behaviour


def behaviour_text(behaviour: Behaviour) -> str:
    """Write a behaviour as a behaviour file that loads back to an equal one."""
    return toml_file.write(write_behaviour(behaviour))
