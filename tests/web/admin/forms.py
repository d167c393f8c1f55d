"""What the stories of the admins' rooms send and read."""

from itertools import count
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.rooms import Rooms

_KEYS = count(1)


def site_of(rooms: Rooms, program: str = "") -> str:
    """Give the site of a program, or of the one that most stories are of."""
    wanted = program or rooms.program
    site: str = next(site for site, of in rooms.clinic.ask("SELECT site_id, id FROM programs") if of == wanted)
    return site


def new_key() -> str:
    """Make the key of a form."""
    return f"a-form-with-key-{next(_KEYS):06}"


def send(client: FlaskClient, address: str, **values: Any) -> TestResponse:
    """Send a form under a new key, or under the one that is given."""
    return client.post(address, data={"key": new_key(), **values})


def noted(rooms: Rooms, *deeds: str) -> list[tuple[Any, ...]]:
    """Give what the activity log holds of some deeds: who, and about whom or what."""
    named = ", ".join(f"'{deed}'" for deed in deeds)
    found = rooms.clinic.ask(f"SELECT actor, participant_id, about FROM activity WHERE deed IN ({named})")
    return [tuple(row) for row in found]
