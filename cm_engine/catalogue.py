"""The policies we know: the kinds that are built in or added by entry point, and the presets and programs that ship."""

from collections.abc import Mapping
from pkgutil import get_data
from typing import TYPE_CHECKING, Any

from cm_engine.errors import CmError
from cm_engine.policies.contract import Policy
from cm_engine.policies.escalating import Escalating

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

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

PROGRAMS: tuple[str, ...] = ("intensive-outpatient", "partial-hospitalization")


def kind_named(name: object) -> type[Policy[Any]] | None:
    """Give a kind of policy by its name; None where there is no such kind.

    Raises KindError for an entry point that cannot be loaded, or does not keep the contract.
    """
    if name == Escalating.kind:
        return Escalating
    for point in _entry_points():
        if point.name == name:
            return _load(point)
    return None


def kind_names() -> list[str]:
    """Give the names of all kinds of policy."""
    return [Escalating.kind, *(point.name for point in _entry_points())]


def _entry_points() -> "EntryPoints":
    from importlib.metadata import entry_points  # slow to import, and only seldom needed

    return entry_points(group=GROUP)


def _load(point: "EntryPoint") -> type[Policy[Any]]:
    try:
        kind = point.load()
    except (ImportError, AttributeError) as error:
        raise KindError(point.name, f"cannot be loaded: {error}") from error
    if not (isinstance(kind, type) and issubclass(kind, Policy) and getattr(kind, "kind", None) == point.name):
        raise KindError(point.name, f'must name a subclass of Policy whose kind is "{point.name}"')
    return kind


def preset_text(name: str) -> str:
    """Give a preset's policy file."""
    return _data("cm_engine.policies", f"presets/{name}.toml")


def shipped_program(name: str) -> str:
    """Give the file of a program that ships."""
    return _data("cm_engine.programs", f"{name}.toml")


def _data(package: str, path: str) -> str:
    content = get_data(package, path)
    if content is None:
        raise FileNotFoundError(path)
    return content.decode()


class KindError(CmError):
    """An entry point of the group `cm_engine.policies` that gives no kind of policy."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"the entry point {name} of the group {GROUP} {what}")
