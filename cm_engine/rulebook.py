"""The rulebook: every version of every policy, and every program's payers with their caps, as they hold from their days.

Where somebody stands follows from their facts and the rulebook alone. A version is never changed, and what is set anew
holds from a later day than the one it is set on; so nothing that was posted would come out otherwise.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from cm_engine.caps import Cap, Span
from cm_engine.errors import CmError
from cm_engine.policies.contract import Policy


class Payer(NamedTuple):
    """Whose money it is, and the caps on what one participant may get of it, in money."""

    id: str
    name: str
    caps: tuple[Cap, ...]


class Paying(NamedTuple):
    """The payers of a program from a day on."""

    from_day: date
    payers: tuple[Payer, ...]


class NotInTheRulebookError(CmError):
    """A policy version or program that the rulebook does not have."""


@dataclass(frozen=True, eq=False)
class Rulebook:
    """Policies by the id of their version, and the payers of each program, the latest last."""

    policies: Mapping[str, Policy[Any]]
    paying: Mapping[str, tuple[Paying, ...]]

    def policy(self, version: str) -> Policy[Any]:
        """Give a version of a policy."""
        try:
            return self.policies[version]
        except KeyError:
            raise NotInTheRulebookError(f"there is no version {version} of a policy") from None

    def payers(self, program: str, on: date) -> tuple[Payer, ...]:
        """Give the payers whose caps hold in a program on a date."""
        try:
            dated = self.paying[program]
        except KeyError:
            raise NotInTheRulebookError(f"there is no program {program}") from None
        latest = dated[-1]
        if latest.from_day <= on:
            return latest.payers
        return next((paying.payers for paying in reversed(dated) if paying.from_day <= on), ())

    @cache  # noqa: B019 - one rulebook lives as long as its process needs it
    def spans_of_policy(self, name: str) -> frozenset[Span]:
        """Give the kinds of period that the caps of any version of a policy count in."""
        return frozenset(cap.span for policy in self.policies.values() if policy.name == name for cap in policy.caps)

    @cache  # noqa: B019
    def spans_of_payer(self, payer_id: str) -> frozenset[Span]:
        """Give the kinds of period that a payer's caps count in, in whichever program."""
        return frozenset(
            cap.span
            for dated in self.paying.values()
            for paying in dated
            for payer in paying.payers
            if payer.id == payer_id
            for cap in payer.caps
        )

    @cache  # noqa: B019
    def counting(self, policies: frozenset[str], programs: frozenset[str]) -> str:
        """Name the kinds of period that the caps of some policies, and of the payers of some programs, count in.

        Sums that were kept under another name lack some. Raises NotInTheRulebookError for a program that there is not.
        """
        if not programs <= self.paying.keys():
            raise NotInTheRulebookError(f"there is no program {', '.join(sorted(programs - self.paying.keys()))}")
        payers = {payer.id for program in programs for paying in self.paying[program] for payer in paying.payers}
        counted = [("policy", name, sorted(self.spans_of_policy(name))) for name in sorted(policies)]
        counted += [("payer", key, sorted(self.spans_of_payer(key))) for key in sorted(payers)]
        return hashlib.sha256(repr([source for source in counted if source[2]]).encode()).hexdigest()[:16]
