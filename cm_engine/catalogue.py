"""The policies we know: the kinds that are built in or added by entry point, and the presets that ship."""

from collections.abc import Mapping
from functools import cache
from pkgutil import get_data
from typing import Any

from cm_engine.policies.contract import Policy
from cm_engine.policies.escalating import Escalating

GROUP = "cm_engine.policies"

# How many visits a week each preset is usually run with; its perfect-run table goes by this.
PRESETS: Mapping[str, str] = {
    "higgins-voucher": "1-12:3",
    "silverman-voucher": "1-12:3",
    "miedar-prize": "1-12:2",
    "va-prize": "1-12:2",
    "recovery-incentives-ca": "1-12:2,13-24:1",
    "name-in-the-hat": "1-12:1",
    "iop-attendance": "1-12:4",
    "treatment-goals": "1-12:3",
}


@cache
def kinds() -> Mapping[str, type[Policy[Any]]]:
    """Give every kind of policy by name. Raises KindError for an entry point that does not keep the contract."""
    from importlib.metadata import entry_points  # slow to import, and only seldom needed

    found: dict[str, type[Policy[Any]]] = {Escalating.kind: Escalating}
    for point in entry_points(group=GROUP):
        kind = point.load()
        if not (isinstance(kind, type) and issubclass(kind, Policy) and getattr(kind, "kind", None) == point.name):
            raise KindError(point.name, point.value)
        found[point.name] = kind
    return found


def preset_text(name: str) -> str:
    """Give a preset's policy file."""
    content = get_data("cm_engine.policies", f"presets/{name}.toml")
    if content is None:
        raise FileNotFoundError(name)
    return content.decode()


class KindError(TypeError):
    """An entry point of the group `cm_engine.policies` that names no kind of policy."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f'the entry point {name} = "{value}" must name a subclass of Policy whose kind is "{name}"')
