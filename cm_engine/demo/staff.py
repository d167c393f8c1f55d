"""The made-up staff of the demo, by what they do there."""

from typing import NamedTuple


class Staff(NamedTuple):
    """Who works in the clinic, by id: two at the front desk, two clinicians, a manager, an admin, an auditor."""

    dev: str
    priya: str
    elin: str
    marcus: str
    femi: str
    amir: str
    olga: str
