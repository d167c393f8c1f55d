"""Program files: a program that ships or a file to a program and its policies, and a program to TOML."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
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
from cm_engine.money import MONEY
from cm_engine.policies.contract import Policy
from cm_engine.program import Program
from cm_engine.terms import read_terms, write_terms

HERE = Path()

# Gives the policy that a program file names, or says in a line why it cannot be taken.
Find = Callable[[str], Policy[Any] | str]


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
    return _parsed(source, text, partial(_policy, folder=folder, analytes=analytes), analytes)[0]


def parse_under(
    source: str, text: str, known: Mapping[str, Policy[Any]], analytes: Collection[str] = ANALYTES
) -> tuple[Program, tuple[Policy[Any], ...]]:
    """Read a program from text that came from elsewhere, and give it with its policies, of those that are known by name.

    No path that stands there is followed. Raises InputError with every mistake, by line.
    """

    def find(named: str) -> Policy[Any] | str:
        if named in known:
            return known[named]
        return (
            f"{quoted(named)} is no policy that is known here{nearest(named, known) or '.'} They are {', '.join(known)}"
        )

    return _parsed(source, text, find, analytes)


def _parsed(source: str, text: str, find: Find, analytes: Collection[str]) -> tuple[Program, tuple[Policy[Any], ...]]:
    table = toml_file.parse(source, text)
    policies, mistakes = _policies(table.get("policies"), find)
    reader = Reader(analytes=analytes, zones=_zones(), labels=None if mistakes else _labels(policies))
    program = read_terms(Program, table, (), reader)
    if mistakes or isinstance(program, Wrong):
        raise toml_file.refuse(source, text, reader.mistakes + mistakes)
    if found := list(misfits(program, policies)):
        raise toml_file.refuse(source, text, found)
    return program, tuple(policies)


def misfits(program: Program, policies: Sequence[Policy[Any]]) -> Iterator[tuple[KeyPath, str]]:
    """Tell where a program and its policies do not fit: what would be paid past the payers' caps, or counted as what it is not."""
    has_caps = any(payer.caps for payer in program.payers)
    values: dict[str, tuple[int, str]] = {}
    for place, policy in enumerate(policies):
        name = quoted(policy.name)
        if policy.pays.is_money and policy.pays != MONEY:
            what = f"{name} pays in {policy.pays.code}, and payers' caps, prizes and yearly totals are in {MONEY.code}"
            yield ("policies", place), f"{what}; let it pay in {MONEY.code}"
        if has_caps and policy.pays.code == "points" and policy.worth is None:
            what = f"{name} pays points that the payers' caps cannot count; give the points a worth"
            yield ("policies", place), f'{what}, such as worth = "0.25"'
        for slip in policy.bowl.slips if policy.bowl else ():
            value, of = values.setdefault(slip.label, (slip.value, name))
            if value != slip.value:
                what = f"a slip that says {quoted(slip.label)} is worth {MONEY.text(slip.value)} in the bowl of {name}"
                yield (
                    ("policies", place),
                    f"{what} and {MONEY.text(value)} in that of {of}; give it one value or two labels",
                )
    for place, prize in enumerate(program.prizes):
        if prize.size in values and prize.value > values[prize.size][0]:
            most = MONEY.text(values[prize.size][0])
            what = f"{quoted(prize.name)} is worth {MONEY.text(prize.value)}, and a slip that says {quoted(prize.size)} {most}"
            yield ("prizes", place, "value"), f"{what}; let it be worth {most} at most"


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


@lru_cache(maxsize=256)
def program_text(program: Program) -> str:
    """Write a program as a program file that loads back to an equal one."""
    return toml_file.write(write_terms(program, Reader()))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _from(folder: Path, named: str) -> str:
    return named if named in PRESETS else str(folder / named)


def _policies(written: object, find: Find) -> tuple[list[Policy[Any]], list[tuple[KeyPath, str]]]:
    """Load the policies that can be loaded; for each of the others, and for a name given twice, the mistake."""
    policies: list[Policy[Any]] = []
    mistakes: list[tuple[KeyPath, str]] = []
    listed = written if isinstance(written, list) else []
    for name in dict.fromkeys(entry for entry in listed if isinstance(entry, str)):
        policy = find(name)
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
