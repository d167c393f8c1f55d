"""Write anew what pages take from the policies and declarations themselves: `make docs`.

Each page of `docs/policies/` holds blocks between `<!-- terms -->` and `<!-- end -->`, and between `<!-- perfect run -->`
and `<!-- end -->`; `docs/programs.md` holds one between `<!-- keys -->` and `<!-- end -->`. A test holds the pages against
what this would write.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from cm_engine.bowl import Slip
from cm_engine.catalogue import PRESETS
from cm_engine.commands.policy import SOME_MONDAY
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.tables import perfect_run_table, table
from cm_engine.exchange.toml_file import key_name
from cm_engine.forms import Form, Reader, Several
from cm_engine.forms import Path as KeyPath
from cm_engine.perfect_run import perfect_run
from cm_engine.policies.contract import Policy
from cm_engine.policies.written import write_policy
from cm_engine.program import Program
from cm_engine.terms import Table, Term, Terms, field_of, terms_of
from cm_engine.timetable import read_schedule

PAGES = Path(__file__).with_name("policies")
PROGRAMS_PAGE = Path(__file__).with_name("programs.md")
BLOCK = re.compile(r"(<!-- (terms|perfect run|keys) -->\n).*?(<!-- end -->)", re.DOTALL)


def page(name: str) -> Path:
    """Give the page of a preset."""
    return PAGES / f"{name}.md"


def written(name: str) -> str:
    """Give a preset's page with its blocks written anew."""
    policy = load_policy(name)
    blocks = {"terms": terms_block(policy), "perfect run": run_block(name, policy)}
    return _filled(page(name), blocks)


def programs_written() -> str:
    """Give the page of program files with its table of keys written anew."""
    return _filled(PROGRAMS_PAGE, {"keys": keys_block(Program)})


def _filled(path: Path, blocks: Mapping[str, str]) -> str:
    text = path.read_text(encoding="utf-8")
    return BLOCK.sub(lambda match: f"{match[1]}\n{blocks[match[2]]}\n\n{match[3]}", text)


def keys_block(declared: type[Terms]) -> str:
    """Lay out every key that a file may have, with what may stand there, what holds without it, and what it means."""
    rows = [(f"`{key}`", allowed, without, term.meaning) for key, allowed, without, term in _keys(declared, "")]
    return table(["key", "what may stand there", "without it", "what it says"], rows, style="github")


def _keys(declared: type[Terms], at: str) -> Iterator[tuple[str, str, str, Term]]:
    defaults = {field.name: field.default for field in fields(declared)}
    for key, term in terms_of(declared).items():
        form, listed = (term.form.each, "[]") if isinstance(term.form, Several) else (term.form, "")
        default = defaults[field_of(key)]
        without = "needed" if term.required else _absent(default, form)
        if isinstance(form, Table):
            yield f"{at}{key}", "tables" if listed else "a table", without, term
            yield from _keys(form.of, f"{at}{key}{listed}.")
        else:
            yield f"{at}{key}", term.form.allowed, without, term


def _absent(default: object, form: Form) -> str:
    if default is None or default == () or isinstance(form, Table):
        return ""
    return shown(form.write(default, Reader()))


def terms_block(policy: Policy[Any]) -> str:
    """Lay out a policy's terms, each with what it means."""
    rows = [(f"`{key_name(path)}`", shown(value), term.meaning) for path, value, term in _terms(policy)]
    return table(["term", "here", "what it says"], rows, style="github")


def run_block(name: str, policy: Policy[Any]) -> str:
    """Lay out a perfect run at the preset's usual visits a week."""
    schedule = read_schedule(PRESETS[name])
    lines = list(perfect_run(policy, schedule, SOME_MONDAY))
    head = f"Visits a week: {schedule}, from {SOME_MONDAY}."
    return f"{head}\n\n{perfect_run_table(policy, lines, style='github')}"


def shown(value: object) -> str:
    """Show a value as a policy file writes it, without quotation marks."""
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _terms(policy: Policy[Any]) -> Iterator[tuple[KeyPath, object, Term]]:
    told = {"name", "title", "kind"}
    values = {key: value for key, value in write_policy(policy).items() if key not in told}
    yield from _of_table(type(policy), values, ())


def _of_table(declared: type, values: dict[str, Any], at: KeyPath) -> Iterator[tuple[KeyPath, object, Term]]:
    terms = terms_of(declared)
    for key, value in values.items():
        form = terms[key].form
        each = form.each if isinstance(form, Several) else form
        if each == Table(Slip):
            slips = [f"{slip['count']} {slip['label']} at {slip['value']}" for slip in value]
            yield (*at, key), slips, terms[key]
        elif isinstance(each, Table):
            entries = value if isinstance(value, list) else [value]
            for place, entry in enumerate(entries):
                yield from _of_table(each.of, entry, (*at, key, place) if isinstance(value, list) else (*at, key))
        else:
            yield (*at, key), value, terms[key]


def main() -> None:
    """Write every page."""
    for name in PRESETS:
        page(name).write_text(written(name), encoding="utf-8")
    PROGRAMS_PAGE.write_text(programs_written(), encoding="utf-8")


if __name__ == "__main__":
    main()
