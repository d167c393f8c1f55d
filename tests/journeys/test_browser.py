"""The browser of the journeys: what goes wrong unseen is noticed, and nothing leaves this machine."""

import pytest

from tests.journeys.chromium import Visitor
from tests.journeys.conftest import SitDown

OUTSIDE = "a request would leave this machine: https://elsewhere.example/"


def noticed(visitor: Visitor) -> list[str]:
    """Give what was noticed so far, and forget it."""
    faults = list(visitor.faults)
    visitor.faults.clear()
    return faults


def test_an_error_in_the_console_is_noticed(sit_down: SitDown) -> None:
    dev = sit_down("dev")
    dev.go("/patterns")
    dev.page.evaluate("console.error('something')")
    assert noticed(dev) == ["error in the console: something"]


def test_an_answer_that_is_an_error_is_noticed_unless_the_story_asks_for_it(sit_down: SitDown) -> None:
    dev = sit_down("dev")
    assert dev.go("/nowhere").status == 404
    assert noticed(dev) == [f"404 for GET {dev.address}/nowhere"]
    dev.expected.add(404)
    dev.go("/nowhere")
    assert noticed(dev) == []


def test_a_request_that_would_leave_this_machine_is_stopped_and_noticed(sit_down: SitDown) -> None:
    dev = sit_down("dev")
    dev.go("/patterns")
    with pytest.raises(Exception, match="net::ERR_FAILED"):
        dev.page.goto("https://elsewhere.example/")
    assert OUTSIDE in noticed(dev)


def test_the_pages_may_ask_nobody_else(sit_down: SitDown) -> None:
    dev = sit_down("dev")
    dev.go("/patterns")
    blocked = dev.page.evaluate("fetch('https://elsewhere.example/').then(() => 'answered', () => 'blocked')")
    assert blocked == "blocked"
    assert any("Content Security Policy" in fault for fault in noticed(dev))


def test_a_page_that_others_cannot_use_is_noticed(sit_down: SitDown) -> None:
    dev = sit_down("dev")
    dev.go("/patterns")
    dev.page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/icon.svg\">')"
    )
    assert [found.partition(":")[0] for found in dev.violations()] == ["image-alt"]
