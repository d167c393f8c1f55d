"""The staff of a clinic in a test, and what they do to sign in."""

from dataclasses import dataclass
from datetime import timedelta

from cm_engine.actions.appoint import add_staff
from cm_engine.actions.requests import Request
from cm_engine.actions.secure import offer_factor, set_password, take_factor
from cm_engine.actions.sign_in import Here, Limits, pass_factor, sign_in, who_is_here
from cm_engine.second_factor import code_at
from cm_engine.store.factors import factor_of
from tests.clinic import Clinic

LIMITS = Limits(timedelta(minutes=15), timedelta(hours=12))
PHRASE = "seven kettles on the roof"
MACHINE = "command-line"


@dataclass
class Staff:
    """The staff of a clinic, by their names."""

    clinic: Clinic

    def request(self, by: str = MACHINE) -> Request:
        """Make a request with a new key, by the machine or by somebody."""
        return self.clinic.request()._replace(actor=by)

    def site(self, name: str = "riverside") -> str:
        """Give a site's id."""
        found: str = next(key for key, called in self.clinic.ask("SELECT id, name FROM sites") if called == name)
        return found

    def add(self, name: str, *roles: str, by: str = MACHINE, site: str = "riverside") -> tuple[str, str]:
        """Add somebody, and give their id and one-time code."""
        answer = add_staff(self.clinic.engine, self.request(by), name, self.site(site), roles or ("clinician",))
        return answer["staff"], answer["code"]

    def employ(self, name: str, *roles: str, site: str = "riverside") -> str:
        """Add somebody who has chosen a password; give their id."""
        staff, code = self.add(name, *roles, site=site)
        here = self.here(sign_in(self.clinic.engine, name, code))
        set_password(self.clinic.engine, here, PHRASE)
        return staff

    def enter(self, name: str, secret: str = PHRASE) -> str:
        """Sign in by name and password; give the token."""
        return sign_in(self.clinic.engine, name, secret)

    def here(self, token: str) -> Here:
        """Tell who is there with a token."""
        here = self.found(token)
        assert here is not None
        return here

    def found(self, token: str) -> Here | None:
        """Tell who is there with a token, if anybody is."""
        return who_is_here(self.clinic.engine, token, LIMITS)

    def protect(self, token: str) -> list[str]:
        """Set up a second factor; give the recovery codes."""
        engine, here = self.clinic.engine, self.here(token)
        offer = offer_factor(engine, here)
        secret = bytes.fromhex(engine.vault.open(offer.sealed.encode()).split('"')[3])
        return take_factor(engine, self.request(here.staff), here, offer.sealed, code_at(secret, self.clinic.clock.now))

    def code(self, staff: str) -> str:
        """Read the code that somebody's app shows now."""
        with self.clinic.engine.database.writing(dry_run=True) as tx:
            factor = factor_of(tx, self.clinic.engine.vault, staff)
        assert factor is not None
        return code_at(factor.secret, self.clinic.clock.now)

    def show(self, token: str, code: str) -> str:
        """Show the second factor; give the token of the session that has passed it."""
        here = self.here(token)
        return pass_factor(self.clinic.engine, self.request(here.staff), here, code)

    def deeds(self) -> list[str]:
        """What the activity log says was done, by the moment."""
        return [deed for (deed,) in self.clinic.ask("SELECT deed FROM activity ORDER BY at")]
