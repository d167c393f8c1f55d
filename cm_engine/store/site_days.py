"""Days of a site as moments: where a day begins depends on the site's time zone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from cm_engine.clock import written
from cm_engine.standing import RefusedError
from cm_engine.store.database import Statement, Transaction
from cm_engine.store.tables import sites

ZONE = Statement(select(sites.c.timezone).where(sites.c.id == bindparam("of")))


def zone_of(tx: Transaction, site: str) -> ZoneInfo:
    """Give a site's time zone. Raises RefusedError for no site."""
    row = tx.row(ZONE, {"of": site})
    if row is None:
        raise RefusedError(f"there is no site {site}")
    return ZoneInfo(row[0])


def between(zone: ZoneInfo, from_day: date | None, to_day: date | None) -> tuple[str | None, str | None]:
    """Give the moment at which the first of some days begins, and the one at which the last has ended; None: without an end."""
    since = _begin(from_day, zone) if from_day else None
    return since, _begin(to_day + timedelta(days=1), zone) if to_day else None


def _begin(day: date, zone: ZoneInfo) -> str:
    return written(datetime.combine(day, time(), zone))
