"""How the tests run: Hypothesis without deadlines, since machines are noisy; in CI, the same examples every time."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "project", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")
