"""Words: what the engine said, as a sentence of a page; and what stands in a draft's place in the program."""

from datetime import date

from cm_engine.errors import CmError
from cm_engine.policies.contract import Policy
from cm_engine.store.published import Running, Version
from web.at_hand import published


def said(error: CmError | None) -> str:
    """Write what was refused as a sentence."""
    text = str(error or "")
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def in_force(running: Running, policy: str) -> Version | None:
    """Give the latest version of a policy of a program, also one that is to come."""
    return published().latest(running.id, policy, date.max)


def versions_of(running: Running) -> list[Version]:
    """Give every version that a program published: by policy, the latest first."""
    found = [one for one in published().versions.values() if one.program == running.id]
    return sorted(found, key=lambda one: (one.policy.name, -one.number))


def titled(policy: Policy[object]) -> str:
    """Write a policy's title with its name."""
    return f"{policy.title} ({policy.name})"
