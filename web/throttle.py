"""Throttling: how often one address may try something that could be guessed. A whole clinic may share one address."""

from time import time

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(key_func=get_remote_address, storage_uri="memory://", strategy="moving-window", enabled=False)


def wait() -> int:
    """Tell how many seconds whoever asked too often is to wait."""
    limit = limiter.current_limit
    return max(1, int(limit.reset_at - time())) if limit else 1


# What is tried by guessing: passwords and codes.
guarded = limiter.limit("30 per minute; 300 per hour", methods=["POST"])
