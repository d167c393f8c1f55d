"""The viewer: who of the staff is asking, and what they may do where."""

from typing import TYPE_CHECKING, cast

from flask_login import LoginManager, UserMixin, current_user

from cm_engine.actions.viewing import Known, known
from web.access import Permission, Role, allows
from web.at_hand import engine

if TYPE_CHECKING:
    from collections.abc import Mapping

login = LoginManager()


class Viewer(UserMixin):  # type: ignore[misc]  # the library has no types
    """Somebody of the staff who is signed in."""

    def __init__(self, who: Known) -> None:
        self.id = who.id
        self.name = who.name
        self.roles: Mapping[str, frozenset[Role]] = {
            site: frozenset(map(Role, held)) for site, held in who.roles.items()
        }

    def may(self, permission: Permission, site: str | None = None) -> bool:
        """Tell whether they may do something at a site; at any, where none is named."""
        if site is None:
            return any(allows(held, permission) for held in self.roles.values())
        return allows(self.roles.get(site, frozenset()), permission)

    def sites(self, permission: Permission) -> frozenset[str]:
        """Give the sites at which they may do something."""
        return frozenset(site for site, held in self.roles.items() if allows(held, permission))


@login.user_loader  # type: ignore[untyped-decorator]  # the library has no types
def _load(staff: str) -> Viewer | None:
    who = known(engine(), staff)
    return Viewer(who) if who else None


def viewer() -> Viewer:
    """Give who is asking; only behind a door that lets nobody else in."""
    return cast("Viewer", current_user._get_current_object())


def is_signed_in() -> bool:
    """Tell whether somebody of the staff is asking."""
    return bool(current_user.is_authenticated)
