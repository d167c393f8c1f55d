"""Ids that follow from a request: the same request makes the same ids, in a dry run and in a retry alike."""

import hashlib

DIGITS = 24


def id_of(request: str, place: int) -> str:
    """Give the id of the `place`-th thing that a request makes, from its key."""
    return hashlib.sha256(f"cm-engine id 1\n{place}\n{request}".encode()).hexdigest()[:DIGITS]
