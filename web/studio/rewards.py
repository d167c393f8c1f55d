"""Next rewards in words: whose would be less, or more, if they were put under a draft; and what a draw would bring."""

from fractions import Fraction
from typing import Any, NamedTuple

from flask_babel import format_percent

from cm_engine.actions.next_rewards import NextReward, next_rewards
from cm_engine.money import MONEY
from cm_engine.policies.contract import Policy
from cm_engine.store.published import Running
from web.at_hand import engine
from web.filters import amount
from web.studio.words import in_force


class Next(NamedTuple):
    """What becomes of the next reward of those who are under a policy now: how many would get less, in words, and how it is shown."""

    less: int
    head: str
    words: str
    tone: str = "good"


def next_told(running: Running, policy: Policy[Any]) -> Next:
    """Tell what becomes of everybody's next reward who is under a policy of this name."""
    rewards = next_rewards(engine(), running.id, policy)
    held = in_force(running, policy.name)
    told = _told(policy, rewards)
    if not (held and held.policy.bowl and policy.bowl) or held.policy.bowl.mean == policy.bowl.mean:
        return told
    before, after = held.policy.bowl.mean, policy.bowl.mean
    tone = "plain" if told.tone == "good" and after < before else told.tone
    return told._replace(words=f"{told.words} {_draw(before, after)}", tone=tone)


def _told(policy: Policy[Any], rewards: list[NextReward]) -> Next:
    people = len(rewards)
    if not people:
        return Next(0, "Nobody is under this policy now.", "It takes nothing from anybody.")
    less = [one for one in rewards if one.after < one.before]
    what = "draw less often" if policy.pays.code == "draws" else "get less"
    if less:
        most = max(one.before - one.after for one in less)
        words = f"At most {amount(policy.pays.text(most), policy.pays.code)} less, if they are put under it."
        return Next(len(less), f"{len(less)} of {people} people would {what} at their next visit.", words, "bad")
    more = sum(one.after > one.before for one in rewards)
    same = "next reward stays the same" if what == "get less" else "next visit earns as many draws as now"
    words = f"{more} would get more." if more else f"Everybody's {same}."
    return Next(0, f"Nobody of the {people} under it now would {what} at their next visit.", words)


def _draw(before: Fraction, after: Fraction) -> str:
    """Say what a draw would bring, which differs: as many draws may be worth another amount."""
    was, will = (amount(MONEY.text(round(mean)), MONEY.code) for mean in (before, after))
    share = format_percent(float(abs(after / before - 1)), "#,##0.#%") if before else ""
    by = f" ({share} {'less' if after < before else 'more'})" if share else ""
    return f"A draw would bring {will} on average instead of {was}{by}."
