"""Odds: what a bowl gives, in words that a manager would say to a patient.

As staff would say it: 209 of 500 slips are small, about 2 in 5; a large prize comes about once in 12 draws.
"""

from fractions import Fraction

from cm_engine.bowl import Bowl, Slip

# A chance from this on is told as so many in so many, a smaller one as once in so many draws.
OFTEN = Fraction(1, 5)

# In how many a chance is told, the simplest first.
IN = (2, 3, 4, 5, 10)

# How far a fraction in words may be from the chance.
NEAR = Fraction(1, 50)


def odds(bowl: Bowl) -> list[str]:
    """Say of each label how many slips bear it, and how often it comes."""
    return [_said(slip, bowl.size) for slip in bowl.slips if slip.count]


def share(chance: Fraction) -> str:
    """Say a chance as a fraction of small numbers: `2 in 5`, with `about` where it is not exactly that."""
    if chance == 1:
        return "always"
    near = _near(chance)
    if near == 1:
        return "almost always"
    return f"{'' if near == chance else 'about '}{near.numerator} in {near.denominator}"


def once_in(chance: Fraction) -> str:
    """Say a chance by how many draws it takes on average: `once in 500 draws`."""
    draws = round(1 / chance)
    return f"{'' if draws * chance == 1 else 'about '}once in {draws:,} draws"


def _said(slip: Slip, size: int) -> str:
    chance = Fraction(slip.count, size)
    how_often = share(chance) if chance >= OFTEN else once_in(chance)
    if how_often.startswith("about") and chance >= OFTEN:
        how_often += f" ({float(100 * chance):.1f}%)"
    return f"{slip.count:,} in {size:,} slips {'says' if slip.count == 1 else 'say'} “{slip.label}”: {how_often}"


def _near(chance: Fraction) -> Fraction:
    """Give the first fraction that is near enough, or else tenths."""
    near = [Fraction(round(chance * of), of) for of in IN]
    return next((one for one in near if one and abs(one - chance) <= NEAR), near[-1])
