"""Next rewards in words: whose would be less, or more, if they were put under a draft; and what a draw would bring."""

from typing import Any, NamedTuple

from cm_engine.actions.next_rewards import NextReward, next_rewards
from cm_engine.money import MONEY
from cm_engine.policies.contract import Policy
from cm_engine.store.published import Running
from web.at_hand import engine
from web.filters import amount
from web.studio.words import in_force


class Next(NamedTuple):
    """What becomes of the next reward of those who are under a policy now: how many would get less, and that in words."""

    less: int
    head: str
    words: str


def next_told(running: Running, policy: Policy[Any]) -> Next:
    """Tell what becomes of everybody's next reward who is under a policy of this name."""
    rewards = next_rewards(engine(), running.id, policy)
    held = in_force(running, policy.name)
    told = _told(policy, rewards)
    draw = _draw(held.policy, policy) if held else ""
    return told._replace(words=f"{told.words} {draw}".strip())


def _told(policy: Policy[Any], rewards: list[NextReward]) -> Next:
    people = len(rewards)
    if not people:
        return Next(0, "Nobody is under this policy now.", "It takes nothing from anybody.")
    less = [one for one in rewards if one.after < one.before]
    if less:
        most = max(one.before - one.after for one in less)
        words = f"At most {amount(policy.pays.text(most), policy.pays.code)} less, if they are put under it."
        return Next(len(less), f"{len(less)} of {people} people would get less at their next visit.", words)
    more = sum(one.after > one.before for one in rewards)
    words = f"{more} would get more." if more else "Everybody's next reward stays the same."
    return Next(0, f"Nobody of the {people} under it now would get less at their next visit.", words)


def _draw(before: Policy[Any], after: Policy[Any]) -> str:
    """Say what a draw would bring, where that differs: as many draws may be worth another amount."""
    if not (before.bowl and after.bowl) or before.bowl.mean == after.bowl.mean:
        return ""
    was, will = (amount(MONEY.text(round(bowl.mean)), MONEY.code) for bowl in (before.bowl, after.bowl))
    return f"A draw would bring {will} on average instead of {was}."
