"""Program files: a program that ships or a file to a program and its policies, and a program to TOML."""

from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from cm_engine.catalogue import PRESETS, PROGRAMS, shipped_program
from cm_engine.errors import InputError, Mistake, nearest, quoted
from cm_engine.events import ANALYTES
from cm_engine.exchange import toml_file
from cm_engine.exchange.policy_file import is_there, load_policy
from cm_engine.forms import Path as KeyPath
from cm_engine.forms import Reader, Wrong
from cm_engine.policies.contract import Policy
from cm_engine.program import Program
from cm_engine.terms import read_terms, write_terms

HERE = Path()


def load_program(named: str, analytes: Collection[str] = ANALYTES) -> Program:
    """Load a program that ships by its name, or a program file by its path. Raises InputError with every mistake."""
    if named in PROGRAMS:
        return parse_program(f"program {named}", shipped_program(named), analytes=analytes)
    if not is_there(named):
        what = f"is neither a program that ships nor a file{nearest(named, PROGRAMS) or '.'}"
        raise InputError(named or quoted(named), [Mistake(0, "", f"{what} The programs are {', '.join(PROGRAMS)}")])
    return parse_program(named, toml_file.read_text(Path(named)), Path(named).parent, analytes)


def parse_program(source: str, text: str, folder: Path = HERE, analytes: Collection[str] = ANALYTES) -> Program:
    """Read a program from a program file's text; the paths of its policies are taken from `folder`.

    Raises InputError with every mistake, by line.
    """
    table = toml_file.parse(source, text)
    policies, mistakes = _policies(table.get("policies"), folder, analytes)
    reader = Reader(analytes=analytes, zones=_zones(), labels=None if mistakes else _labels(policies))
    program = read_terms(Program, table, (), reader)
    if mistakes or isinstance(program, Wrong):
        raise toml_file.refuse(source, text, reader.mistakes + mistakes)
    return program


def parse_terms(source: str, text: str, analytes: Collection[str] = ANALYTES) -> Program:
    """Read a program from text whose policies are known elsewhere: they are taken by their names alone.

    Raises InputError with every mistake, by line.
    """
    reader = Reader(analytes=analytes, zones=_zones(), labels=None)
    program = read_terms(Program, toml_file.parse(source, text), (), reader)
    if isinstance(program, Wrong):
        raise toml_file.refuse(source, text, reader.mistakes)
    return program


def policies_of(program: Program, folder: Path = HERE, analytes: Collection[str] = ANALYTES) -> tuple[Policy[Any], ...]:
    """Load the policies of a program, in its order; their paths are taken from `folder`.

    Raises InputError where one is not there any more, or cannot be taken.
    """
    return tuple(load_policy(_from(folder, named), analytes) for named in program.policies)


def program_text(program: Program) -> str:
    """Write a program as a program file that loads back to an equal one."""
    return toml_file.write(write_terms(program, Reader()))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _from(folder: Path, named: str) -> str:
    return named if named in PRESETS else str(folder / named)


def _policies(
    written: object, folder: Path, analytes: Collection[str]
) -> tuple[list[Policy[Any]], list[tuple[KeyPath, str]]]:
    """Load the policies that can be loaded; for each of the others, and for a name given twice, the mistake."""
    policies: list[Policy[Any]] = []
    mistakes: list[tuple[KeyPath, str]] = []
    listed = written if isinstance(written, list) else []
    for name in dict.fromkeys(entry for entry in listed if isinstance(entry, str)):
        policy = _policy(name, folder, analytes)
        if isinstance(policy, str):
            mistakes.append((("policies", listed.index(name)), policy))
            continue
        if any(policy.name == earlier.name for earlier in policies):
            what = f"{quoted(name)} is called {quoted(policy.name)}, like another policy of the program"
            mistakes.append((("policies", listed.index(name)), f"{what}; give one of them another name"))
        policies.append(policy)
    return policies, mistakes


def _policy(named: str, folder: Path, analytes: Collection[str]) -> Policy[Any] | str:
    """Load a policy; where it cannot be taken, say why in a line."""
    path = _from(folder, named)
    if named not in PRESETS and not (named and is_there(path)):
        what = f"{quoted(named)} is neither a preset nor a policy file{nearest(named, PRESETS) or '.'}"
        return f"{what} A path is taken from the program file's folder; the presets are {', '.join(PRESETS)}"
    try:
        return load_policy(path, analytes)
    except InputError as error:
        more = f", and {len(error.mistakes) - 1} more" if error.mistakes[1:] else ""
        return f"cannot be taken: {error.mistakes[0].text(error.source)}{more}"


def _labels(policies: Sequence[Policy[Any]]) -> list[str]:
    """Give the labels of all slips in the policies' bowls, each once, in their order."""
    return list(dict.fromkeys(slip.label for policy in policies if policy.bowl for slip in policy.bowl.slips))
