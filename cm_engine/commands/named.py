"""Policies as commands name them: presets and policy files, several at once."""

from collections.abc import Collection, Sequence
from typing import Any

from cm_engine.errors import FilesError, InputError, Mistake, quoted
from cm_engine.exchange.policy_file import load_policy
from cm_engine.policies.contract import Policy


def load_policies(named: Sequence[str], analytes: Collection[str]) -> list[Policy[Any]]:
    """Load the policies; the mistakes of all of them are told together."""
    policies: dict[str, Policy[Any]] = {}
    wrong: list[InputError] = []
    for name in named:
        try:
            policy = load_policy(name, analytes)
        except InputError as error:
            wrong.append(error)
            continue
        if policy.name in policies:
            what = f"{quoted(policy.name)} is given twice; each policy needs a name of its own"
            wrong.append(InputError(name, [Mistake(0, "name", what)]))
        policies[policy.name] = policy
    if wrong:
        raise FilesError(wrong)
    return list(policies.values())
