"""Health: whether this process lives, and whether it can serve."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from cm_engine.store.database import StoreError
from web.at_hand import engine, options
from web.doors import open_to_all

health = Blueprint("health", __name__)


@health.get("/healthz")
@open_to_all
def lives() -> ResponseReturnValue:
    """Say that this process answers."""
    return {"status": "ok"}


@health.get("/readyz")
@open_to_all
def ready() -> ResponseReturnValue:
    """Say whether this process may be sent requests: the database can be asked, and nobody told it to end."""
    if options().is_leaving():
        return {"status": "this process is about to end"}, 503
    try:
        with engine().database.reading() as tx:
            engine().refresh(tx)
    except StoreError:
        return {"status": "the database cannot be reached"}, 503
    return {"status": "ok"}
