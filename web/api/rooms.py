"""The blueprint that the calls of this slice belong to, and how many of them one token may make."""

from flask_limiter.util import get_remote_address
from flask_smorest import Blueprint

from cm_engine.actions.issue_token import token_digest
from web.api.reading import Reading
from web.at_hand import options
from web.caller import said_token
from web.throttle import limiter


class Calls(Blueprint):  # type: ignore[misc]  # the library has no types
    """Calls that are described by a document."""

    ARGUMENTS_PARSER = Reading()


api = Calls("api", __name__, url_prefix="/api/v1")


def _often() -> str:
    return f"{options().settings.calls_per_minute} per minute"


def _who() -> str:
    says = said_token()
    return token_digest(says).hex() if says else get_remote_address()


limiter.limit(_often, key_func=_who)(api)
