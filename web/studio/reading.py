"""Reading a draft: its table, as a file or a form says it, the policy that it makes, and what has to be mended first."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from cm_engine.catalogue import kind_named
from cm_engine.exchange import toml_file
from cm_engine.exchange.policy_file import policy_text
from cm_engine.policies.contract import Policy
from cm_engine.policies.escalating import Escalating
from cm_engine.policies.written import read_policy
from web.at_hand import engine
from web.studio.controls import Group, Mistakes, controls, name_of, nowhere


@dataclass(frozen=True)
class Read:
    """A draft's table as it was read; `policy` is None where there are mistakes."""

    kind: type[Policy[Any]]
    table: Mapping[str, Any]
    policy: Policy[Any] | None
    mistakes: Mistakes

    @property
    def text(self) -> str:
        """The table as a file: as every policy is written, or where there are mistakes as it stands."""
        return toml_file.write(self.table) if self.policy is None else policy_text(self.policy)

    def says_the_same(self, other: "Read") -> bool:
        """Tell whether another says the same, in whatever words."""
        if self.policy is None or other.policy is None:
            return self.table == other.table
        return self.policy == other.policy

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The controls, each with its mistakes."""
        return controls(self.kind, self.table, self.mistakes, engine().analytes)

    @property
    def nowhere(self) -> list[str]:
        """The mistakes that stand at no control."""
        return nowhere(self.groups, self.mistakes)

    @property
    def to_mend(self) -> str:
        """Say how much has to be mended."""
        number = len(self.mistakes)
        return f"{number} {'term has' if number == 1 else 'terms have'} to be mended." if number else ""

    @property
    def to_mend_at(self) -> str:
        """Where on its page the first mistake is told; empty where there is none."""
        return f"{name_of(self.mistakes[0][0])}-told" if self.mistakes else ""


def read_table(table: Mapping[str, Any]) -> Read:
    """Read a policy's table; one of a kind that is not known is shown as of the kind that is built in."""
    kind = kind_named(table.get("kind")) or Escalating
    policy, mistakes = read_policy(table, kind, [kind.kind], engine().analytes)
    return Read(kind, table, policy, mistakes)


def read_text(text: str) -> Read:
    """Read a draft, or a version, as it is kept; remembered, since the same is read again with every change of another."""
    return _read_text(text, engine().analytes)


@lru_cache(maxsize=64)
def _read_text(text: str, _analytes: frozenset[str]) -> Read:
    return read_table(toml_file.parse("draft", text))
