"""Links: the chain of hashes that makes a changed, missing or added row of the log show.

Each row's digest is the SHA-256 of the digest before it, the row, and the entries that it posted. A chain shows that
nothing inside of it was changed; it cannot show that its end was cut off, or that all of it was written anew. For that the
daily head over all chains is to be printed and kept elsewhere.
"""

import hashlib
from collections.abc import Iterable, Sequence

# What the first row of a chain is linked to.
BEGINNING = bytes(32)


def link(previous: bytes, row: Sequence[str], entries: Iterable[Sequence[object]]) -> bytes:
    """Give the digest of a row of the log.

    `row` are its chain, seq, fact, key, recorded_at, actor and body; `entries` the columns of each entry behind the
    place. None of the texts has a line break or a tab, so no two rows share a text.
    """
    text = "\n".join(row)
    for entry in entries:
        text += "\n" + "\t".join(map(str, entry))
    return hashlib.sha256(previous + text.encode()).digest()


def head(chains: Iterable[tuple[str, int, bytes]]) -> bytes:
    """Give the digest over the latest links of all chains (chain, seq, digest), in the order of their names."""
    digest = hashlib.sha256()
    for chain, seq, latest in chains:
        digest.update(head_line(chain, seq, latest))
    return digest.digest()


def head_line(chain: str, seq: int, latest: bytes) -> bytes:
    """Give what a chain adds to a head, which is the SHA-256 of these, in the order of the chains' names."""
    return f"{chain}\t{seq}\t{latest.hex()}\n".encode()


def sha256(text: str) -> str:
    """Give the SHA-256 of a published text, in hexadecimal, as the log has it."""
    return hashlib.sha256(text.encode()).hexdigest()
