"""Every call, tried with what its own description allows and forbids, alone and one after another: no fault, and no answer that is not described.

Schemathesis reads the document from the server, as any tool would. What it finds is printed with the command that shows it again.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.verify import verify
from tests.journeys.live import live
from tests.soak import times
from tests.web.api.caller import V1, Caller, caller
from tests.web.api.test_records import DAY, a_test, enrolled
from tests.web.rooms import Rooms

KNOWN_THINGS = Path(__file__).with_name("known_things.py")
EXAMPLES = times(3, 300)

# Rules refuse much of what can be read, with 422 as for what is not right; so its being described is not its being accepted.
CONFIG = """
hooks = "{hooks}"
color = false

[generation]
max-examples = {examples}
deterministic = {always_the_same}

[checks]
positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 422]

[phases.stateful]
max-steps = 8
generation.max-examples = {scenarios}
"""


def known_things(rooms: Rooms, records: Caller) -> dict[str, list[str]]:
    """Let there be something of everything that a call may name."""
    people = [enrolled(records, f"K{number}") for number in range(3)]
    events = [records.done("/events", a_test(one))["event"] for one in people]
    prizes = [one["prize"] for one in records.told("/prizes")["prizes"]]
    draws, redemptions = [], []
    for person in people:
        draws.append(records.done(f"/participants/{person}/draws", {"policy": "va-prize"})["draws"][0]["draw"])
        rooms.clinic.clock.go_on(days=1)
        for label in ("small", "small"):
            records.done("/events", a_test(person, at=rooms.clinic.today.isoformat()))
            rooms.clinic.clock.go_on(days=1)
            draw_by_hand(rooms.clinic.engine, rooms.clinic.request(), person, "va-prize", label)
        redemptions.append(chosen(records, person))
    return {
        "participant": people,
        "event": events,
        "draw": draws,
        "redemption": redemptions,
        "prize": prizes,
        "program": ["intensive-outpatient"],
        "site": ["main"],
        "policy": ["va-prize"],
        "payer": ["State Medicaid"],
        "first_day": [DAY],
        "at": [rooms.clinic.today.isoformat(), rooms.clinic.clock.now.isoformat()],
    }


def chosen(records: Caller, person: str) -> str:
    ticket = next(one["prize"] for one in records.told("/prizes")["prizes"] if one["name"] == "Bus ticket")
    redemption: str = records.done("/redemptions", {"participant": person, "prize": ticket})["redemption"]
    return redemption


def test_every_call_answers_as_it_is_described(rooms: Rooms, tmp_path: Path) -> None:
    records = caller(rooms)
    things = known_things(rooms, records)
    always = str("CI" in os.environ).lower()
    config = tmp_path / "schemathesis.toml"
    config.write_text(
        CONFIG.format(hooks=KNOWN_THINGS, examples=EXAMPLES, scenarios=5 * EXAMPLES, always_the_same=always)
    )
    with live(rooms.app) as address:
        done = subprocess.run(
            [
                *(
                    sys.executable,
                    "-m",
                    "schemathesis.cli",
                    "--config-file",
                    str(config),
                    "run",
                    f"{address}{V1}/openapi.json",
                ),
                *("--header", f"Authorization: Bearer {records.says}", "--no-shrink"),
            ],
            cwd=tmp_path,
            env=os.environ | {"CM_KNOWN_THINGS": json.dumps(things)},
            capture_output=True,
            text=True,
            timeout=3600,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert int(re.findall(r"(\d+) generated", done.stdout)[0]) > 500
    assert int(re.findall(r"API Links: +(\d+) covered", done.stdout)[0]) > 0
    assert verify(rooms.clinic.engine).is_clean
