"""A crowd: clients that record, correct, draw and redeem through HTTP, each at any server, until they are told to go home.

Each request has a key. One that nobody answered, or that was answered "not now", is sent again under its key until it is answered.
"""

import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from itertools import count
from threading import Event, Thread
from typing import Any, NamedTuple

from tests.several.house import DAYS, HERE, House, first_day

PATIENCE = 120
AWAY = 503

GOALS = ("housing-plan", "learn-skills", "support-system", "career-plan")
GROUPS = ("early-recovery-group", "relapse-prevention-group", "psychoeducation-group", "family-therapy")
PANEL = ("amphetamine", "cocaine", "fentanyl", "methamphetamine", "opioid")


class Told(NamedTuple):
    """What became of a request: what was asked for, under which key, the answer at last, and how often it was sent."""

    what: str
    key: str
    status: int
    answer: Any
    times: int

    @property
    def is_done(self) -> bool:
        """Tell whether it was acknowledged."""
        return self.status < 300


@dataclass
class Client:
    """One client. It knows a few of the people, whom others know too."""

    house: House
    name: str
    people: Sequence[str]
    told: list[Told] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.name)  # noqa: S311 - the same wishes at each run
        self._numbers = count()
        self._connections: dict[int, HTTPConnection] = {}

    def live(self, home: Event) -> None:
        """Ask for one thing after another."""
        try:
            while not home.is_set():
                self.chance.choices((self.record, self.correct, self.draw, self.redeem), (6, 1, 2, 1))[0]()
        finally:
            for connection in self._connections.values():
                connection.close()

    def record(self) -> None:
        """Record a test, a group or a goal of some day."""
        on = first_day() + timedelta(days=1 + self.chance.randrange(DAYS))
        visit: dict[str, Any] = {"participant": self.chance.choice(self.people), "at": on.isoformat()}
        kind = self.chance.choice(("test", "attendance", "activity"))
        if kind == "test":
            visit["analytes"] = {name: "negative" if self.chance.random() > 0.05 else "positive" for name in PANEL}
        else:
            sessions, outcome = (GROUPS, "attended") if kind == "attendance" else (GOALS, "completed")
            visit |= {"session": self.chance.choice(sessions), "outcome": outcome}
        self.ask("record", "/events", {"kind": kind, **visit})

    def correct(self) -> None:
        """Give an event that this client recorded another result."""
        mine = [told.answer["event"] for told in self.told if told.what == "record" and told.is_done]
        if mine:
            correction = {"outcome": "void", "reason": "another person's"}
            self.ask("correct", f"/events/{self.chance.choice(mine)}/corrections", correction)

    def draw(self) -> None:
        """Open a draw, and pick a slip."""
        address = f"/participants/{self.chance.choice(self.people)}/draws"
        opened = self.ask("open", address, {"policy": "va-prize", "number": 1})
        if opened.is_done:
            number = self.chance.randint(1, opened.answer["slips"])
            self.ask("pick", f"/draws/{opened.answer['draws'][0]['draw']}/pick", {"number": number})

    def redeem(self) -> None:
        """Choose a prize; somebody else hands it over, or it goes back."""
        wish = {"participant": self.chance.choice(self.people), "prize": self.chance.choice(self.house.prizes)}
        chosen = self.ask("choose", "/redemptions", wish)
        if chosen.is_done:
            step = self.chance.choice(("handover", "cancel"))
            self.ask(step, f"/redemptions/{chosen.answer['redemption']}/{step}", token=self.house.counter)

    def ask(self, what: str, address: str, sent: Any = None, token: str = "") -> Told:
        """Ask some server for something to be done, until one has answered."""
        key, last_try = f"{self.name}-{next(self._numbers):06}-of-the-crowd", time.monotonic() + PATIENCE
        for times in count(1):
            begun = time.perf_counter()
            status, answer = self._send(f"/api/v1{address}", key, sent, token or self.house.recorder)
            if status and status != AWAY:
                self.seconds.append(time.perf_counter() - begun)
                self.told.append(Told(what, key, status, answer, times))
                break
            assert time.monotonic() < last_try, f"{what} was never answered"
            time.sleep(
                self.chance.uniform(0.1, 1)
            )  # as many at once as there are clients would keep it from coming back
        return self.told[-1]

    def _send(self, address: str, key: str, sent: Any, token: str) -> tuple[int, Any]:
        """Send a request to one of the servers; no status where it did not answer."""
        port = self.chance.choice(self.house.servers).port
        connection = self._connections.setdefault(port, HTTPConnection(HERE, port, timeout=60))
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, "Content-Type": "application/json"}
        try:
            connection.request("POST", address, None if sent is None else json.dumps(sent), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, HTTPException):
            connection.close()
            return 0, None


def crowd(house: House, size: int) -> list[Client]:
    """Give so many clients; each of the people is known to several."""
    return [
        Client(
            house, f"client-{number}", [house.people[(number * 3 + place) % len(house.people)] for place in range(6)]
        )
        for number in range(size)
    ]


def live_together(clients: Sequence[Client], meanwhile: Callable[[], None]) -> None:
    """Let all of them live while something happens. Raises what went wrong with one of them."""
    home, wrong = Event(), list[BaseException]()

    def live(client: Client) -> None:
        try:
            client.live(home)
        except BaseException as error:  # noqa: BLE001 - raised again where the crowd is waited for
            wrong.append(error)

    threads = [Thread(target=live, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        meanwhile()
    finally:
        home.set()
        for thread in threads:
            thread.join()
    if wrong:
        raise wrong[0]


def counted(clients: Sequence[Client]) -> dict[str, Counter[int]]:
    """Count what became of each kind of request."""
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for client in clients:
        for told in client.told:
            found[told.what][told.status] += 1
    return dict(found)
