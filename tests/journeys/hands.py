"""Hands: what somebody does before the browser, with a mouse or a finger, or by the keyboard alone."""

from dataclasses import dataclass
from typing import Protocol

from playwright.sync_api import Locator, Page, expect

# How often Tab is pressed at most until something is reached.
MOST_TABS = 200

_HAS_FOCUS = "one => one === document.activeElement"
_IN_ITS_GROUP = "one => document.activeElement?.type === 'radio' && document.activeElement.name === one.name"
_IS_CHECKED = "one => one.checked"


class Hands(Protocol):
    """What hands do, whichever they are."""

    def press(self, wanted: Locator) -> None:
        """Press a button, follow a link, open what is folded."""

    def write(self, wanted: Locator, text: str) -> None:
        """Write into a field, in the place of what is there."""

    def mark(self, wanted: Locator) -> None:
        """Mark one of several choices."""

    def tick(self, wanted: Locator) -> None:
        """Tick a box."""

    def select(self, wanted: Locator, words: str) -> None:
        """Select something of a list."""


@dataclass
class Mouse:
    """Hands with a mouse."""

    page: Page

    def press(self, wanted: Locator) -> None:
        wanted.click()

    def write(self, wanted: Locator, text: str) -> None:
        wanted.fill(text)

    def mark(self, wanted: Locator) -> None:
        wanted.check()

    def tick(self, wanted: Locator) -> None:
        wanted.check()

    def select(self, wanted: Locator, words: str) -> None:
        wanted.select_option(label=words)


@dataclass
class Finger(Mouse):
    """A finger on the screen of a tablet, where there is no keyboard."""

    def press(self, wanted: Locator) -> None:
        wanted.tap()


@dataclass
class Keyboard:
    """Hands on a keyboard: Tab leads to everything, Enter, Space and the arrows do the rest."""

    page: Page

    def press(self, wanted: Locator) -> None:
        self._reach(wanted, _HAS_FOCUS)
        self.page.keyboard.press("Enter")

    def write(self, wanted: Locator, text: str) -> None:
        self._reach(wanted, _HAS_FOCUS)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def mark(self, wanted: Locator) -> None:
        self._reach(wanted, _IN_ITS_GROUP)
        if wanted.evaluate(_HAS_FOCUS):
            self.page.keyboard.press("Space")
        while not wanted.evaluate(_IS_CHECKED):
            self.page.keyboard.press("ArrowRight")

    def tick(self, wanted: Locator) -> None:
        self._reach(wanted, _HAS_FOCUS)
        self.page.keyboard.press("Space")
        expect(wanted).to_be_checked()

    def select(self, wanted: Locator, words: str) -> None:
        self._reach(wanted, _HAS_FOCUS)
        self.page.keyboard.type(words)

    def _reach(self, wanted: Locator, is_there: str) -> None:
        wanted.wait_for(state="attached")
        for _ in range(MOST_TABS):
            if wanted.evaluate(is_there):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not lead to {wanted}")


KINDS: tuple[type[Mouse] | type[Keyboard], ...] = (Mouse, Keyboard)
AT_A_TABLET: tuple[type[Finger] | type[Keyboard], ...] = (Finger, Keyboard)
