"""Write anew what the pages of `docs/policies/` take from the policies themselves: `make docs`.

Each page holds blocks between `<!-- terms -->` and `<!-- end -->`, and between `<!-- perfect run -->` and
`<!-- end -->`. A test holds the pages against what this would write.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cm_engine.bowl import Slip
from cm_engine.catalogue import PRESETS
from cm_engine.commands.policy import SOME_MONDAY
from cm_engine.exchange.policy_file import load_policy
from cm_engine.exchange.tables import perfect_run_table, table
from cm_engine.exchange.toml_file import key_name
from cm_engine.forms import Path as KeyPath
from cm_engine.forms import Several
from cm_engine.perfect_run import perfect_run
from cm_engine.policies.contract import Policy
from cm_engine.policies.written import write_policy
from cm_engine.terms import Table, Term, terms_of
from cm_engine.timetable import read_schedule

PAGES = Path(__file__).with_name("policies")
BLOCK = re.compile(r"(<!-- (terms|perfect run) -->\n).*?(<!-- end -->)", re.DOTALL)


def page(name: str) -> Path:
    """Give the page of a preset."""
    return PAGES / f"{name}.md"


def written(name: str) -> str:
    """Give a preset's page with its blocks written anew."""
    policy = load_policy(name)
    blocks = {"terms": terms_block(policy), "perfect run": run_block(name, policy)}
    text = page(name).read_text(encoding="utf-8")
    return BLOCK.sub(lambda match: f"{match[1]}\n{blocks[match[2]]}\n\n{match[3]}", text)


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


if __name__ == "__main__":
    main()
