"""How long the trials are: short ones in every test run, long ones in `make soak`."""

import os

IS_SOAK = os.environ.get("CM_SOAK", "") not in {"", "0"}


def times(usual: int, in_soak: int) -> int:
    """Give how often something is tried."""
    return in_soak if IS_SOAK else usual
