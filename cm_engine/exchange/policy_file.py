"""Policy files: a preset or a file to a policy, and a policy to TOML."""

from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Any

from cm_engine.catalogue import PRESETS, KindError, kind_named, kind_names, preset_text
from cm_engine.errors import InputError, Mistake, nearest, quoted
from cm_engine.events import ANALYTES
from cm_engine.exchange import toml_file
from cm_engine.policies.contract import Policy
from cm_engine.policies.written import read_policy, write_policy


def load_policy(named: str, analytes: Collection[str] = ANALYTES) -> Policy[Any]:
    """Load a preset by its name, or a policy file by its path. Raises InputError with every mistake."""
    if named in PRESETS:
        return parse_policy(f"preset {named}", preset_text(named), analytes)
    if not is_there(named):
        what = f"is neither a preset nor a file{nearest(named, PRESETS) or '.'}"
        raise InputError(named or quoted(named), [Mistake(0, "", f"{what} The presets are {', '.join(PRESETS)}")])
    return parse_policy(named, toml_file.read_text(Path(named)), analytes)


def is_there(named: str) -> bool:
    """Tell whether a name is that of a file or folder."""
    try:
        return bool(named) and Path(named).exists()
    except OSError:  # a name that is no name of a file, such as one that is too long
        return False


def parse_policy(source: str, text: str, analytes: Collection[str] = ANALYTES) -> Policy[Any]:
    """Read a policy from a policy file's text. Raises InputError with every mistake, by line."""
    table = toml_file.parse(source, text)
    named = table.get("kind")
    try:
        kind = kind_named(named)
    except KindError as error:
        raise toml_file.refuse(source, text, [(("kind",), str(error))]) from error
    policy, mistakes = read_policy(table, kind, [] if kind else kind_names(), analytes)
    if policy is None:
        raise toml_file.refuse(source, text, mistakes)
    return policy


@lru_cache(maxsize=64)
def policy_text(policy: Policy[Any]) -> str:
    """Write a policy as a policy file that loads back to an equal one."""
    return toml_file.write(write_policy(policy))
