"""The viewer: who of the staff is asking, and what they may do where."""

from typing import cast

from flask import g, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from cm_engine.actions.sign_in import Here, Limits, Step, who_is_here
from web.access import Permission, Role, allows
from web.at_hand import engine, options

login = LoginManager()

# Under these names a browser's session keeps the token of the engine's session, and who had it last.
TOKEN = "_user_id"  # noqa: S105 - Flask-Login's name for it
WHO = "who"
CSRF = "csrf_token"


class Viewer(UserMixin):  # type: ignore[misc]  # the library has no types
    """Somebody of the staff who is signed in. Flask-Login knows them by the token of their session."""

    def __init__(self, here: Here, token: str) -> None:
        self.id = here.staff
        self.name = here.name
        self.roles = {site: frozenset(map(Role, held)) for site, held in here.roles.items()}
        self._token = token

    def get_id(self) -> str:
        """Give by what they are found again at their next request."""
        return self._token

    def may(self, permission: Permission, site: str | None = None) -> bool:
        """Tell whether they may do something at a site; at any, where none is named."""
        if site is None:
            return any(allows(held, permission) for held in self.roles.values())
        return allows(self.roles.get(site, frozenset()), permission)

    def sites(self, permission: Permission) -> frozenset[str]:
        """Give the sites at which they may do something."""
        return frozenset(site for site, held in self.roles.items() if allows(held, permission))


@login.user_loader  # type: ignore[untyped-decorator]  # the library has no types
def _load(token: str) -> Viewer | None:
    here = present()
    return Viewer(here, token) if here and here.step is Step.IN else None


def present() -> Here | None:
    """Tell whose session this is and what it still asks for; None for nobody's. Looked up once a request."""
    if "present" not in g:
        token = session.get(TOKEN)
        limits = Limits(options().idle, options().longest)
        g.present = who_is_here(engine(), token, limits) if token else None
    return cast("Here | None", g.present)


def let_in(token: str) -> Here | None:
    """Take over a session of the engine into this browser's.

    All that the browser's held is dropped, so that nobody can have prepared it; who comes back after a time-out keeps the
    secret of their forms, so that those that are open still count.
    """
    before = {name: session.get(name) for name in (WHO, CSRF)}
    session.clear()
    session[TOKEN] = token
    forget_present()
    here = present()
    if here is None:
        return None
    session[WHO] = here.staff
    if before[WHO] == here.staff and before[CSRF]:
        session[CSRF] = before[CSRF]
    login_user(Viewer(here, token), force=True)
    return here


def let_out() -> None:
    """Forget in this browser's session who was there."""
    logout_user()
    session.clear()
    forget_present()


def forget_present() -> None:
    """Look up anew, when it is next asked for, whose session this is and what it still asks for."""
    g.pop("present", None)


def viewer() -> Viewer:
    """Give who is asking; only behind a door that lets nobody else in."""
    return cast("Viewer", current_user._get_current_object())


def is_signed_in() -> bool:
    """Tell whether somebody of the staff is asking."""
    return bool(current_user.is_authenticated)
