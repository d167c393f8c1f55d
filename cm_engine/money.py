"""Units and amounts: what a policy pays in, and how an amount is read and written.

An amount is a whole number of the unit's smallest step: cents for money, one for points, draws and tickets. There is
no float anywhere near it. All money has two decimal places, whatever the currency's own custom.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from cm_engine.errors import CmError

CENTS = 2
COUNTED = ("points", "draws", "tickets")
LARGEST = 1_000_000_000

# ISO 4217, active codes (a test holds the list against the published one).
CURRENCIES = frozenset(
    """
    aed afn all amd aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob bov brl bsd btn bwp byn bzd cad cdf che
    chf chw clf clp cny cop cou crc cup cve czk djf dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gnf gtq
    gyd hkd hnl htg huf idr ils inr iqd irr isk jmd jod jpy kes kgs khr kmf kpw krw kwd kyd kzt lak lbp lkr lrd lsl lyd
    mad mdl mga mkd mmk mnt mop mru mur mvr mwk mxn mxv myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln
    pyg qar ron rsd rub rwf sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt tnd top try ttd twd
    tzs uah ugx usd usn uyi uyu uyw uzs ved ves vnd vuv wst xad xaf xag xau xba xbb xbc xbd xcd xcg xdr xof xpd xpf xpt
    xsu xts xua xxx yer zar zmw zwg
    """.split()
)

_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")


class AmountError(CmError, ValueError):
    """A text or number that is no amount of the unit; the message says what would be."""


class Unit(NamedTuple):
    """What an amount is counted in: a currency by its ISO 4217 code, or points, draws or tickets."""

    code: str

    @property
    def is_money(self) -> bool:
        """Whether the unit is a currency."""
        return self.code not in COUNTED

    @property
    def places(self) -> int:
        """Decimal places that an amount is written with."""
        return CENTS if self.is_money else 0

    def text(self, amount: int) -> str:
        """Write an amount as a decimal string: `1500` cents as `15.00`, 3 draws as `3`."""
        return _written(amount, self.places)

    def said(self, amount: int) -> str:
        """Write an amount for people, with its unit: `15.00 usd`, `1 draw`."""
        code = self.code[:-1] if amount == 1 and not self.is_money else self.code
        return f"{self.text(amount)} {code}"

    def read(self, written: object) -> int:
        """Read an amount from a decimal string, an integer or a Decimal.

        Raises AmountError for anything else, for less than zero, and for a fraction finer than the unit has.
        """
        number = _number(written)
        if number < 0:
            raise AmountError("an amount cannot be below zero")
        if number > LARGEST:
            raise AmountError(f"an amount is at most {LARGEST:,}")
        if not number:
            return 0
        # Digit by digit: arithmetic on Decimal rounds what is very fine.
        _, digits, exponent = number.as_tuple()
        written_digits = "".join(map(str, digits)).rstrip("0")
        shift = int(exponent) + len(digits) - len(written_digits) + self.places
        if shift < 0:
            raise AmountError("it is finer than a cent" if self.is_money else f"{self.code} are whole")
        return int(written_digits + "0" * shift)


MONEY = Unit("usd")


@lru_cache(maxsize=65_536)
def _written(amount: int, places: int) -> str:
    if not places:
        return str(amount)
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def _number(written: object) -> Decimal:
    if isinstance(written, str) and _PLAIN.fullmatch(written.removeprefix("-")):
        return Decimal(written)
    if isinstance(written, int) and not isinstance(written, bool):
        return Decimal(written)
    if isinstance(written, Decimal) and written.is_finite():
        return written
    raise AmountError('an amount is written like "2.50" or 3')
