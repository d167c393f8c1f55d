"""Paying: what an award adds to the total and to each meter, once every cap on it was tried."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cm_engine.bowl import Bowl
from cm_engine.caps import Cap
from cm_engine.forecast.crowd import TOTAL, Crowd, merged
from cm_engine.forecast.distribution import Amounts, Flags
from cm_engine.forecast.meters import Meter

# Standpoints of prizes that are rarer than this are folded away.
RARE = 1e-20


@dataclass(frozen=True)
class Posting:
    """What one unit adds to the total, and to which meters (by place) how much of their unit."""

    weight: int
    worths: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Payment:
    """How a policy's awards are paid: as they are; or with a bowl, draws, each opened at once for a prize that is posted too."""

    posting: Posting
    bowl: Bowl | None = None
    prize: Posting | None = None


class Till:
    """Pays a crowd. Its counts are the total, what was spent by each meter, and whether each meter ever held something back."""

    def __init__(self, payments: Sequence[Payment], meters: Sequence[Meter]) -> None:
        self._payments, self._meters = payments, meters
        self._spent = [1 + place for place in range(len(meters))]
        self._bit = [1 + len(meters) + place for place in range(len(meters))]
        postings = [posting for payment in payments for posting in (payment.posting, payment.prize) if posting]
        self._times_total = [self._of_total(place, postings) for place in range(len(meters))]
        self._reached = [0.0] * len(meters)
        self.folded = 0.0

    @property
    def rows(self) -> int:
        """How many counts a crowd has."""
        return 1 + 2 * len(self._meters)

    def pay(self, crowd: Crowd, awards: Amounts) -> list[Crowd]:
        """Pay each standpoint its awards, a column for each policy, one policy after the other."""
        if not any(payment.bowl for payment in self._payments):
            for payment, amounts in zip(self._payments, awards.T, strict=True):
                crowd = self._post(crowd, payment.posting, amounts)[0]
            return [crowd]
        known, groups = np.unique(awards, axis=0, return_inverse=True)
        return [self._pay_alike(crowd.only(groups == group), award) for group, award in enumerate(known.tolist())]

    def forget(self, crowd: Crowd, visit: int) -> Crowd:
        """Leave out what makes no difference from a visit on."""
        if all(times is not None for times in self._times_total):
            return crowd
        counts = crowd.counts.copy()
        for place, meter in enumerate(self._meters):
            row = self._spent[place]
            counts[row] = meter.still_matters(counts[row], crowd.stage, visit)
        return replace(crowd, counts=counts)

    def reached(self) -> tuple[tuple[Cap, float], ...]:
        """Give the chance that each metered cap held something back."""
        return tuple((meter.cap, chance) for meter, chance in zip(self._meters, self._reached, strict=True))

    def _of_total(self, place: int, postings: Sequence[Posting]) -> int | None:
        """Tell how many times the total a meter stands at; None where it goes its own way."""
        ratios = {(posting.weight, dict(posting.worths).get(place, 0)) for posting in postings} - {(0, 0)}
        if not self._meters[place].is_lasting or any(not weight or worth % weight for weight, worth in ratios):
            return None
        times = {worth // weight for weight, worth in ratios}
        return times.pop() if len(times) == 1 else None

    def _pay_alike(self, crowd: Crowd, award: Sequence[int]) -> Crowd:
        for payment, amount in zip(self._payments, award, strict=True):
            crowd, paid = self._post(crowd, payment.posting, np.full_like(crowd.stage, amount))
            if payment.bowl and payment.prize:
                crowd = self._draw(crowd, paid, payment.bowl, payment.prize)
        return crowd

    def _post(self, crowd: Crowd, posting: Posting, amounts: Amounts) -> tuple[Crowd, Amounts]:
        """Post what the caps leave of an amount at each standpoint, and tell how much that is."""
        counts, paid = crowd.counts.copy(), amounts
        for place, worth in posting.worths:
            left = self._meters[place].allows(amounts, worth, self._spent_of(crowd, place))
            self._note(counts[self._bit[place]], left < amounts, crowd, place)
            paid = np.minimum(paid, left)
        adds = [
            (TOTAL, posting.weight),
            *((self._spent[p], w) for p, w in posting.worths if self._times_total[p] is None),
        ]
        for row, each in adds:
            counts[row] += paid * each
        return replace(crowd, counts=counts), paid

    def _spent_of(self, crowd: Crowd, place: int) -> Amounts:
        times = self._times_total[place]
        spent: Amounts = crowd.counts[self._spent[place]] if times is None else crowd.counts[TOTAL] * times
        return spent

    def _note(self, bit: Amounts, cut: Flags, crowd: Crowd, place: int) -> None:
        """Note at which standpoints a meter held something back for the first time."""
        self._reached[place] += float(crowd.together[cut & (bit == 0)].sum())
        bit[cut] = 1

    def _draw(self, crowd: Crowd, draws: Amounts, bowl: Bowl, prize: Posting) -> Crowd:
        """Open draws one after another."""
        parts = []
        for count in np.unique(draws).tolist():
            drawing = crowd.only(draws == count)
            for _ in range(count):
                drawing = self._open(drawing, bowl, prize)
            parts.append(drawing)
        return merged(parts)

    def _open(self, crowd: Crowd, bowl: Bowl, prize: Posting) -> Crowd:
        """Open one draw at every standpoint: each slip by its chance, its prize as far as the caps leave it."""
        won = []
        for slip in bowl.slips:
            if slip.count:
                part = replace(crowd, chances=crowd.chances * (slip.count / bowl.size))
                won.append(self._post(part, prize, np.full_like(crowd.stage, slip.value))[0])
        return self._fold(merged(won))

    def _fold(self, crowd: Crowd) -> Crowd:
        """Leave out standpoints rarer than rounding, and count how much that is."""
        rare = crowd.together < RARE
        self.folded += float(crowd.together[rare].sum())
        return crowd.only(~rare)
