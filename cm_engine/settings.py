"""Settings of an installation, from its configuration file."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cm_engine.errors import quoted
from cm_engine.events import ANALYTES
from cm_engine.exchange import toml_file
from cm_engine.forms import WRONG, Amount, Flag, NewName, Reader, Several, Text, Whole, Wrong
from cm_engine.forms import Path as KeyPath
from cm_engine.terms import Table, Terms, read_terms, term

DEFAULT_FILE = Path("config.toml")


@dataclass(frozen=True)
class RetentionYears(Whole):
    """Years for which records are kept."""

    allowed = "a whole number from 1 to 200"

    def fits(self, written: object) -> bool:
        """Tell whether it is a believable number of years."""
        return super().fits(written) and written in range(1, 201)


@dataclass(frozen=True)
class Minutes(Whole):
    """Minutes that a screen may be left alone."""

    allowed = "a whole number from 1 to 120"

    def fits(self, written: object) -> bool:
        """Tell whether a screen may be left alone so long."""
        return super().fits(written) and written in range(1, 121)


@dataclass(frozen=True)
class Hours(Whole):
    """Hours of a day at work."""

    allowed = "a whole number from 1 to 24"

    def fits(self, written: object) -> bool:
        """Tell whether a day has so many."""
        return super().fits(written) and written in range(1, 25)


@dataclass(frozen=True)
class Seconds(Whole):
    """Seconds that somebody waits for."""

    allowed = "a whole number from 0 to 60"

    def fits(self, written: object) -> bool:
        """Tell whether anybody would wait so long."""
        return super().fits(written) and written in range(61)


@dataclass(frozen=True, kw_only=True)
class TaxAlert(Terms):
    """From which calendar year on which yearly total of one participant is told. `amount` is in cents."""

    from_year: int = term(Whole(1900), "the first calendar year in which it holds")
    amount: int = term(Amount("money"), "the yearly total of one participant that is told")


# What is reported to the tax office in the United States: 600 dollars through 2025, 2,000 for payments from 2026 on.
TAX_ALERTS = (TaxAlert(from_year=1900, amount=60_000), TaxAlert(from_year=2026, amount=200_000))


@dataclass(frozen=True, kw_only=True)
class Settings(Terms):
    """What a site sets for itself. Paths are taken from the folder of the configuration."""

    database: str | None = term(Text(), "the address of the database; absent: the file clinic.db here", default=None)
    key_file: str = term(Text(), "where the keys are kept, away from database and backups", default="clinic.key")
    backups: str = term(Text(), "the folder that backups are written to", default="backups")
    retention_years: int = term(
        RetentionYears(), "years after the last enrolment's end before a person may be purged", default=6
    )
    tax_alerts: tuple[TaxAlert, ...] = term(
        Several(Table(TaxAlert)),
        "which yearly total of one participant is told, from which year on",
        default=TAX_ALERTS,
    )

    analytes: tuple[str, ...] = term(
        Several(NewName(), unique=True), "analytes that the site tests for beside the ones the engine knows", default=()
    )

    tls_certificate: str | None = term(
        Text(), "the file of the certificate by which `serve` speaks TLS, with those above it", default=None
    )
    tls_key: str | None = term(Text(), "the file of that certificate's key", default=None)
    tls_proxies: tuple[str, ...] = term(
        Several(Text(), unique=True),
        "addresses of the proxies that speak TLS with browsers and pass on to `serve`; nobody else may come then",
        default=(),
    )
    idle_minutes: int = term(
        Minutes(), "minutes without use after which somebody of the staff is signed out", default=15
    )
    session_hours: int = term(Hours(), "hours after which they sign in anew, however busy they are", default=12)
    web_processes: int = term(Whole(), "how many processes of `serve` answer beside each other", default=1)
    drain_seconds: int = term(
        Seconds(at_least=0),
        "seconds for which `serve`, told to end, still takes requests while /readyz says that it ends: as long as what spreads "
        "requests over several machines needs to notice",
        default=0,
    )
    calls_per_minute: int = term(
        Whole(), "how many calls a minute each token of another program may make, of each process", default=1200
    )
    one_person_sites: tuple[str, ...] = term(
        Several(Text(), unique=True),
        "sites at which one person does everything, and so may hand over what they recorded; each time it is noted",
        default=(),
    )
    policy_approval: bool = term(
        Flag(), "whether another manager or admin approves a version of a policy before it is published", default=False
    )

    folder: Path = field(default=Path(), compare=False)

    @property
    def known_analytes(self) -> frozenset[str]:
        """All analytes that events and policies may name here."""
        return ANALYTES | set(self.analytes)

    @property
    def backups_folder(self) -> Path:
        """The folder that backups are written to."""
        return self.path(self.backups)

    def path(self, written: str) -> Path:
        """Give a path as the configuration means it: from its own folder, unless it says otherwise."""
        return self.folder / os.path.expanduser(written)  # noqa: PTH111 - it leaves "~nobody" as it is

    def tax_alert(self, year: int) -> int | None:
        """Tell which yearly total, in cents, is told in a calendar year; None where none is."""
        held = [alert for alert in self.tax_alerts if alert.from_year <= year]
        return max(held, key=lambda alert: alert.from_year).amount if held else None

    @classmethod
    def clashes(cls, given: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
        """Refuse two totals from one year, half of what TLS needs, and proxies that are none."""
        yield from _tls_clashes(given)
        listed = given.get("tax_alerts", ())
        alerts = () if listed is WRONG else listed
        years = [alert.from_year if isinstance(alert, TaxAlert) else None for alert in alerts]
        for place, year in enumerate(years):
            if year is not None and year in years[:place]:
                yield ("tax_alerts", place, "from_year"), f"{year} stands there twice"


def _tls_clashes(given: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    for key, other in (("tls_certificate", "tls_key"), ("tls_key", "tls_certificate")):
        if key in given and other not in given:
            yield (key,), f"it needs {other}, too"
    listed = given.get("tls_proxies", ())
    for place, written in enumerate(() if listed is WRONG else listed):
        if isinstance(written, str) and not _is_address(written):
            yield ("tls_proxies", place), f'{quoted(written)} is not an address; write one like "10.0.0.5"'


def _is_address(written: str) -> bool:
    try:
        ip_address(written)
    except ValueError:
        return False
    return True


def read_settings(path: Path | None) -> Settings:
    """Read a configuration file; without one, `config.toml` in the working folder if it is there.

    Raises InputError with every mistake.
    """
    if path is None:
        if not DEFAULT_FILE.is_file():
            return Settings()
        path = DEFAULT_FILE
    text = toml_file.read_text(path)
    if not text.strip():
        return Settings(folder=path.parent)
    reader = Reader()
    settings = read_terms(Settings, toml_file.parse(str(path), text), (), reader)
    if isinstance(settings, Wrong):
        raise toml_file.refuse(str(path), text, reader.mistakes)
    return replace(settings, folder=path.parent)
