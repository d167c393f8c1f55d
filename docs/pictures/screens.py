"""Take the pictures of the README and of the guide anew from the demo: `make screenshots`. Its clock and its seed are fixed."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page

from cm_engine.demo.chance import SeededDice
from cm_engine.demo.kiosk import PIN, TOLD, pairing_code
from tests.demos import NOW, fill_file
from tests.journeys.chromium import Visitor, chromium, opened_browser
from tests.journeys.demo_rooms import DemoRooms, open_demo_rooms
from tests.journeys.pages import samples

FOLDER = Path(__file__).parent.parent / "guide" / "pictures"

# Width and height in points, and how many dots there are to a point.
SIZES = {"desk": (1180, 780), "tablet": (960, 720)}
DOTS = 1.5
QUALITY = 72


# Whose last positive test a clinician corrects.
POSITIVE = "K7033"


@dataclass
class Scene:
    """Somebody before a browser, a camera over their shoulder, and the demo that they look at."""

    rooms: DemoRooms
    someone: Visitor

    @property
    def page(self) -> Page:
        """The page before them."""
        return self.someone.page

    @property
    def program(self) -> str:
        """The address of the program."""
        return f"/programs/{self.rooms.demo.program}"

    @property
    def day(self) -> str:
        """The address of today."""
        return f"{self.program}/days/{self.rooms.demo.today}"

    def person(self, code: str) -> str:
        """Give the address of somebody of the demo."""
        return f"/people/{self.rooms.demo.ids[code]}"

    def press(self, words: str) -> None:
        """Press the first button or link that says something."""
        self.page.get_by_role("button", name=words).or_(self.page.get_by_role("link", name=words)).first.click()

    def take(self, name: str, path: str = "", *, whole: bool = False) -> None:
        """Take a picture of what is to be seen now, or at an address; or of the whole page."""
        if path:
            self.someone.go(path)
        self.page.wait_for_load_state()
        shown = self.page.screenshot(animations="disabled", full_page=whole)
        file = FOLDER / f"{name}.webp"
        Image.open(io.BytesIO(shown)).save(file, "WEBP", quality=QUALITY, method=6)
        print(f"{file.stat().st_size / 1024:5.0f} KB  {file.name}")


def front_desk(desk: Scene) -> None:
    """Spend a day at the front desk."""
    desk.take("day", desk.day)
    desk.take("group", f"{desk.day}/groups/psychoeducation-group?at=10:00")
    desk.someone.go(desk.day)
    desk.press("Log test of")
    desk.take("test")
    desk.press("All negative")
    desk.take("answer")
    desk.take("person", desk.person(TOLD))
    desk.take("prizes", f"{desk.program}/handovers")
    desk.take("enrol", f"{desk.program}/enrol")
    desk.take("card", f"{desk.person(TOLD)}/card")
    desk.take("sheet", f"{desk.day}/sheet")


def clinician(desk: Scene) -> None:
    """Correct a result as a clinician: the effect is shown before it is posted."""
    desk.someone.go(desk.person(POSITIVE))
    positive = desk.page.get_by_role("link", name="Test: positive")
    while not positive.count():
        desk.press("Older")
        desk.page.wait_for_load_state()
    positive.first.click()
    desk.press("Correct")
    for negative in desk.page.get_by_role("radio", name="Negative").all():
        negative.check()
    desk.page.get_by_label("Why").fill("The laboratory found it negative")
    desk.press("Show the effect")
    desk.page.get_by_label("Why").evaluate("one => one.scrollIntoView({block: 'start'})")
    desk.take("effect")


def kiosk(screen: Scene) -> None:
    """Visit the kiosk."""
    page = screen.page
    screen.someone.go("/kiosk")
    page.get_by_role("textbox").fill(pairing_code(screen.rooms.demo.engine))
    screen.press("Set up")
    page.get_by_label("Scan your card, or type your code").wait_for()
    screen.take("kiosk-welcome")
    page.get_by_role("textbox").fill(TOLD)
    screen.press("Go on")
    page.get_by_label("Six digits").wait_for()
    page.get_by_label("Six digits").fill(PIN)
    page.get_by_role("heading", name="What I have").wait_for()
    screen.take("kiosk-home", whole=True)
    screen.press("Español")
    page.get_by_role("heading", name="Lo que tengo").wait_for()
    screen.take("kiosk-home-es")
    screen.press("English")
    screen.press("Draw my slips")
    screen.press("Bring me the bowl")
    page.get_by_label("Say a number").wait_for()
    screen.take("kiosk-bowl")
    page.get_by_label("Say a number").fill("7")
    screen.press("Pick it")
    screen.take("kiosk-slip")
    screen.press("Check this draw")
    screen.take("kiosk-check")
    screen.take("kiosk-prizes", "/kiosk/prizes")
    screen.take("kiosk-statement", "/kiosk/statement")


def manager(office: Scene) -> None:
    """End a month as a manager."""
    found = samples(office.rooms.demo)
    office.take("overview", f"{office.program}/overview")
    office.page.get_by_role("heading", name="Over time").evaluate("one => one.scrollIntoView()")
    office.take("charts")
    office.take("policies", f"{office.program}/policies")
    office.take("audits", f"{office.program}/audits")
    office.take("audit", f"{office.program}/audits/slips/{found['period']}")
    office.take("exports", f"{office.program}/exports")


def studio(office: Scene) -> None:
    """Try a cheaper bowl in the studio."""
    draft = f"{office.program}/studio/{samples(office.rooms.demo)['draft']}"
    office.take("studio", f"{office.program}/studio")
    office.someone.go(draft)
    office.page.get_by_role("textbox", name="Count").first.evaluate("one => one.scrollIntoView({block: 'center'})")
    office.take("draft")
    office.take("what-if", f"{draft}/what-if", whole=True)
    office.take("publish", f"{draft}/publish", whole=True)


def admin(office: Scene) -> None:
    """Look after staff, kiosks and programs as an admin."""
    office.take("staff", "/admin/people")
    office.take("kiosks", "/admin/kiosks")
    office.take("programs", f"/admin/programs/{office.rooms.demo.program}")
    office.take("activity", "/admin/activity")


def auditor(office: Scene) -> None:
    """Follow an award as an auditor."""
    found = samples(office.rooms.demo)
    office.take("trail", f"/people/{found['participant']}/trail/{found['event']}")


# Who does it, empty for nobody of the staff; and before a screen of which size.
SCENES: tuple[tuple[Callable[[Scene], None], str, str], ...] = (
    (front_desk, "dev", "desk"),
    (clinician, "elin", "desk"),
    (kiosk, "", "tablet"),
    (manager, "femi", "desk"),
    (studio, "femi", "desk"),
    (admin, "amir", "desk"),
    (auditor, "olga", "desk"),
)


def main() -> None:
    """Fill the demo, and take all pictures."""
    path = chromium()
    if path is None:
        sys.exit("Chromium is missing: make chromium")
    FOLDER.mkdir(exist_ok=True)
    for earlier in FOLDER.glob("*.webp"):
        earlier.unlink()
    with TemporaryDirectory() as folder, opened_browser(path) as browser:
        filled = Path(folder) / "filled.db"
        fill_file(filled, NOW)
        with open_demo_rooms(filled, Path(folder), browser) as rooms:
            rooms.demo.engine.dice = SeededDice("pictures")
            for act, called, size in SCENES:
                _shoot(rooms, act, called, size)


def _shoot(rooms: DemoRooms, act: Callable[[Scene], None], called: str, size: str) -> None:
    width, height = SIZES[size]
    with rooms.looking(called, device_scale_factor=DOTS, reduced_motion="reduce") as someone:
        someone.page.set_viewport_size({"width": width, "height": height})
        act(Scene(rooms, someone))


if __name__ == "__main__":
    main()
