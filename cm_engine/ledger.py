"""The ledger's words: an entry moves an amount from one account to another, and is never changed.

An account is named by what it is for and whose it is, `held@<participant>`. Its balance is what was credited less what was
debited. Since each entry has both sides and one amount above zero, all accounts of a unit add up to nothing.
"""

from datetime import date
from typing import NamedTuple

# What a participant has.
HELD = "held"  # money and points to spend; draws and tickets, by policy
OPENED = "opened"  # draws whose slip is not picked yet
WON = "won"  # prizes won and not yet chosen, by size
RESERVED = "reserved"  # prizes chosen and not yet handed over
HANDED_OVER = "handed-over"
USED = "used"  # draws that were picked
REDEEMED = "redeemed"  # what was given for prizes
UNCOLLECTED = "uncollected"  # what was to be taken back, and is spent: below zero

# Where it comes from.
FUND = "fund"  # a payer's: below zero by what it gave
STOCK = "stock"  # prizes in the cabinet
SUPPLY = "supply"  # prizes bought: below zero by their number
MISCOUNTED = "miscounted"  # what a count found missing, or too many

DRAWS = "draws"
SLIPS = "slips"
PRIZES = "prizes"


class Entry(NamedTuple):
    """One movement: what amount of which unit went from `debit` to `credit` on a date, and the event it settles.

    Amounts are in the unit's smallest step, above zero. `event` is an id of the log, or empty.
    """

    debit: str
    credit: str
    unit: str
    amount: int
    on: date
    event: str = ""


def account(what: str, owner: str, of: str = "") -> str:
    """Name an account: what it is for, of which policy, size or prize where that matters, and whose it is."""
    return f"{what}:{of}@{owner}" if of else f"{what}@{owner}"


class Named(NamedTuple):
    """What an account's name says: what it is for, of which policy, size or prize (or empty), and whose it is."""

    what: str
    of: str
    owner: str


def parts(account: str) -> Named:
    """Take an account's name apart."""
    named, _, whose = account.rpartition("@")
    what, _, of = named.partition(":")
    return Named(what, of, whose)


def owner(account: str) -> str:
    """Tell whose an account is."""
    return account.rpartition("@")[2]
