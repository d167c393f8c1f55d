"""The page of patterns: every component once, usable by everybody, in each theme and at each size."""

import pytest

from tests.journeys.chromium import SIZES
from tests.journeys.conftest import SitDown


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_component_can_be_used_by_everybody(sit_down: SitDown, theme: str, size: str) -> None:
    dev = sit_down("dev", size=size, color_scheme=theme)
    dev.go("/patterns")
    assert dev.violations() == []
    assert not dev.is_too_wide()
