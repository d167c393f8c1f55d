"""Draws that can be checked: which slip a pick gives, and a receipt from which anybody can compute it again.

As staff would say it: when a draw is opened, 32 random bytes are sealed and their SHA-256 is shown. The participant picks
a number from 1 to the number of slips. The sealed bytes and the pick together give the slip, and the receipt reveals the
bytes at once. Whoever has the receipt can check that the bytes are the ones that were sealed, and that they give this slip.

The texts that go into the hashes are UTF-8 and have a line for each thing, so that they can be made with any tool; they
stand byte for byte in docs/draws.md.
"""

import hashlib
import hmac
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cm_engine.bowl import Bowl, Slip
from cm_engine.errors import CmError, quoted
from cm_engine.forms import Amount, Form, Path, Reader, Text, Whole, Wrong
from cm_engine.money import MONEY
from cm_engine.terms import Table, Terms, term

SECRET_BYTES = 32


class DrawError(CmError, ValueError):
    """A pick, or a slip's number, that the bowl does not have."""


@dataclass(frozen=True)
class Written(Form):
    """A text of one exact form."""

    pattern: str
    meant: str

    @property
    def allowed(self) -> str:
        """What may stand there."""
        return self.meant

    def read(self, written: object, at: Path, reader: Reader) -> str | Wrong:
        """Take a text that fits as a whole."""
        if not isinstance(written, str):
            return self.refuse(written, at, reader)
        if not re.fullmatch(self.pattern, written):
            return self.refuse(written, at, reader, f"; this has {len(written)} characters")
        return written


DRAW_ID = Written("[A-Za-z0-9_-]{16,64}", "16 to 64 letters, digits, hyphens and underscores")
HEX = Written("[0-9a-f]{64}", "64 hexadecimal digits in lower case")


@dataclass(frozen=True, kw_only=True)
class Receipt(Terms):
    """All that is needed to compute a draw again, and nothing about who drew."""

    draw: str = term(DRAW_ID, "the draw's random id")
    sha256: str = term(HEX, "the SHA-256 of the sealed bytes, shown before the pick")
    secret: str = term(HEX, "the sealed bytes, 32 of them")
    bowl: Bowl = term(Table(Bowl), "the bowl that was drawn from")
    bowl_sha256: str = term(HEX, "the SHA-256 of the bowl's slips")
    pick: int = term(Whole(), "the number that the participant picked")
    hmac: str = term(HEX, "the HMAC-SHA-256 that decided the slip")
    slip: int = term(Whole(), "the number of the slip, counted through the bowl")
    label: str = term(Text(), "what the slip says")
    value: int = term(Amount("money"), "what the slip is worth in money")
    paid: int = term(Amount("money"), "what was paid: less than the slip is worth where the caps left less")


def bowl_digest(bowl: Bowl) -> str:
    """Give the SHA-256 of a bowl's slips in their order, in hexadecimal."""
    lines = (f"{slip.count} {slip.value} {len(slip.label.encode())} {slip.label}\n" for slip in bowl.slips)
    return hashlib.sha256("".join(["cm-engine bowl 1\n", *lines]).encode()).hexdigest()


def commitment(secret: bytes) -> str:
    """Give the SHA-256 of the sealed bytes, in hexadecimal: what is shown before the pick."""
    return hashlib.sha256(secret).hexdigest()


def slip_at(secret: bytes, draw_id: str, digest: str, pick: int, size: int) -> int:
    """Give the number of the slip, from 1 to `size`, that a pick gives under the sealed bytes.

    `digest` is the bowl's. Raises DrawError for a pick that is not from 1 to `size`.
    """
    return number_in(_deciding(secret, draw_id, digest, pick, size), size)


def is_fair(block: bytes, size: int) -> bool:
    """Tell whether a block may decide: below the largest multiple of `size`, each slip has equally many blocks."""
    blocks = 1 << 8 * len(block)
    return int.from_bytes(block, "big") < blocks - blocks % size


def number_in(block: bytes, size: int) -> int:
    """Give the slip's number, from 1 to `size`, that a fair block stands for."""
    return int.from_bytes(block, "big") % size + 1


def drawn(bowl: Bowl, slip_number: int) -> Slip:
    """Give the slip with a number, from 1 to the bowl's size: the slips are counted through in their order."""
    ends = itertools.accumulate(slip.count for slip in bowl.slips)
    for slip, end in zip(bowl.slips, ends, strict=True):
        if 1 <= slip_number <= end:
            return slip
    raise DrawError(f"there is no slip {slip_number} in a bowl of {bowl.size}; they count from 1")


def receipt_of(draw_id: str, secret: bytes, bowl: Bowl, pick: int, left: int | None = None) -> Receipt:
    """Make the receipt of a draw; `left` is what the caps leave, in cents, None where there is no cap.

    Raises DrawError for a pick that the bowl does not have.
    """
    digest = bowl_digest(bowl)
    block = _deciding(secret, draw_id, digest, pick, bowl.size)
    number = number_in(block, bowl.size)
    slip = drawn(bowl, number)
    return Receipt(
        draw=draw_id,
        sha256=commitment(secret),
        secret=secret.hex(),
        bowl=bowl,
        bowl_sha256=digest,
        pick=pick,
        hmac=block.hex(),
        slip=number,
        label=slip.label,
        value=slip.value,
        paid=slip.value if left is None else max(0, min(slip.value, left)),
    )


def faults(receipt: Receipt) -> list[str]:
    """Compute a draw again from its receipt, and name each thing that is not as the receipt says.

    What the caps left does not follow from a receipt: what was paid is only held against what the slip is worth.
    """
    return list(_faults(receipt))


def _faults(receipt: Receipt) -> Iterator[str]:
    secret = bytes.fromhex(receipt.secret)
    if commitment(secret) != receipt.sha256:
        yield f"the bytes have the SHA-256 {commitment(secret)}, and the receipt says {receipt.sha256}"
    if bowl_digest(receipt.bowl) != receipt.bowl_sha256:
        yield f"the bowl has the SHA-256 {bowl_digest(receipt.bowl)}, and the receipt says {receipt.bowl_sha256}"
    try:
        again = receipt_of(receipt.draw, secret, receipt.bowl, receipt.pick)
    except DrawError as error:
        yield str(error)
    else:
        yield from _differences(again, receipt)
    if not 0 <= receipt.paid <= receipt.value:
        paid, value = MONEY.text(receipt.paid), MONEY.text(receipt.value)
        yield f"{paid} was paid, and the slip is worth {value}; a draw pays no more than its slip"


def _differences(again: Receipt, receipt: Receipt) -> Iterator[str]:
    """Hold what the bytes and the pick decide against what the receipt says of it."""
    if again.hmac != receipt.hmac:
        yield f"the HMAC-SHA-256 is {again.hmac}, and the receipt says {receipt.hmac}"
    if again.slip != receipt.slip:
        yield f"the pick gives slip {again.slip}, and the receipt says {receipt.slip}"
    if again.label != receipt.label:
        yield f"slip {again.slip} says {quoted(again.label)}, and the receipt says {quoted(receipt.label)}"
    if again.value != receipt.value:
        worth, said = MONEY.text(again.value), MONEY.text(receipt.value)
        yield f"slip {again.slip} is worth {worth}, and the receipt says {said}"


def _deciding(secret: bytes, draw_id: str, digest: str, pick: int, size: int) -> bytes:
    """Give the first HMAC-SHA-256, counting attempts from 0, that is fair for so many slips."""
    if not 1 <= pick <= size:
        raise DrawError(f"a pick is a number from 1 to {size}, and this is {pick}")
    blocks = (_hmac(secret, draw_id, digest, pick, attempt) for attempt in itertools.count())
    return next(block for block in blocks if is_fair(block, size))


def _hmac(secret: bytes, draw_id: str, digest: str, pick: int, attempt: int) -> bytes:
    """Hash one attempt. The last three lines have no line break within, so no two draws share a message."""
    message = f"cm-engine draw 1\n{draw_id}\n{digest}\n{pick}\n{attempt}\n"
    return hmac.digest(secret, message.encode(), "sha256")
