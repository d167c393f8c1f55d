"""The account of a participant: balances, run, what the next visit is worth, and the statement."""

from typing import Any

from cm_engine.actions.account import account
from cm_engine.actions.requests import Answer
from web.access import Permission
from web.api.at_hand import PageSchema, cursor_of, number_at
from web.api.calls import Call, reads
from web.api.schemas.account import AccountSchema
from web.at_hand import engine


@reads(Call("/participants/<participant>/account", Permission.SEE_PEOPLE, "Account", AccountSchema, query=PageSchema))
def get_account(page: dict[str, Any], participant: str) -> Answer:
    """Tell what somebody has, what the next visit is worth, and where it comes from.

    The statement comes a page at a time, the latest first.
    """
    told = account(engine(), participant, number_at(page.get("cursor", "")), page["limit"])
    return {**told, "next": None if told["earlier"] is None else cursor_of(told["earlier"])}
