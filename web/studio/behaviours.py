"""Behaviours to choose from: how patients may come and do, where a program's own history is not to tell.

The figures are round ones to try a policy on, not measured anywhere; a mixture, since no two patients are alike.
"""

import tomllib
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from cm_engine.behaviour import Behaviour, read_behaviour

STEADY = """
[[patterns]]
share = {share}
first         = {{success = 0.95, failure = 0.05}}
after.success = {{success = 0.96, failure = 0.03, excused = 0.01}}
after.failure = {{success = 0.75, failure = 0.25}}
after.excused = {{success = 0.90, failure = 0.10}}
dropout       = {{success = 0.003, failure = 0.02}}
"""

ON_AND_OFF = """
[[patterns]]
share = {share}
first         = {{success = 0.60, failure = 0.40}}
after.success = {{success = 0.80, failure = 0.18, excused = 0.02}}
after.failure = {{success = 0.35, failure = 0.63, excused = 0.02}}
after.excused = {{success = 0.70, failure = 0.30}}
dropout       = {{success = 0.01, failure = 0.05}}
"""

STRUGGLING = """
[[patterns]]
share = {share}
first         = {{success = 0.20, failure = 0.80}}
after.success = {{success = 0.50, failure = 0.50}}
after.failure = {{success = 0.10, failure = 0.90}}
dropout       = {{success = 0.03, failure = 0.08}}
"""

PERFECT = """
[[patterns]]
first         = {success = 1.0}
after.success = {success = 1.0}
"""

# How often a patient who succeeds is negative for the analyte of an extra too.
CLEAN_TOO = 0.7


class Known(NamedTuple):
    """A behaviour to choose: its title, what it is like, and its file."""

    title: str
    words: str
    text: str


KNOWN = {
    "mixed": Known(
        "A mixed group",
        "a third steady, two fifths on and off, a quarter struggling; some leave early",
        STEADY.format(share=0.35) + ON_AND_OFF.format(share=0.4) + STRUGGLING.format(share=0.25),
    ),
    "steady": Known(
        "A steady group",
        "most come and succeed, and few leave",
        STEADY.format(share=0.8) + ON_AND_OFF.format(share=0.2),
    ),
    "struggling": Known(
        "A struggling group",
        "setbacks are frequent, and many leave early",
        STEADY.format(share=0.1) + ON_AND_OFF.format(share=0.3) + STRUGGLING.format(share=0.6),
    ),
    "perfect": Known(
        "Nobody ever fails", "everybody comes to every visit and succeeds: the most that it can cost", PERFECT
    ),
}


@cache
def known(name: str) -> Behaviour:
    """Give a behaviour by its name."""
    behaviour, mistakes = read_behaviour(tomllib.loads(KNOWN[name].text))
    if behaviour is None:
        raise ValueError(mistakes)
    return behaviour


def with_extras(behaviour: Behaviour, analytes: frozenset[str]) -> Behaviour:
    """Let every pattern say something of each analyte that a policy's extras ask for; what it says itself stands."""
    usual = dict.fromkeys(analytes, CLEAN_TOO)
    patterns = [replace(one, extra=tuple(sorted({**usual, **dict(one.extra)}.items()))) for one in behaviour.patterns]
    return replace(behaviour, patterns=tuple(patterns))
