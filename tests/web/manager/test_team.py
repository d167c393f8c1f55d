"""The team, through HTTP: what each of the staff did."""

import re

from tests.web.manager.months import a_fortnight
from tests.web.rooms import Rooms


def test_each_of_the_staff_is_told_by_name(rooms: Rooms) -> None:
    a_fortnight(rooms)
    page = " ".join(rooms.as_("femi").get(f"/programs/{rooms.program}/team?period=4-weeks").text.split())
    page = re.sub(r' data-head="[^"]*"', "", page)
    told = ["4", "3", "75.0%", "75.0%", "1", "0", "0", "1"]
    assert '<th scope="row">Dev Patel</th>' + "".join(f'<td class="figure">{one}</td>' for one in told) in page
    told = ["4", "2", "50.0%", "66.7%", "1", "0", "0", "0"]
    assert '<th scope="row">Elin Berg</th>' + "".join(f'<td class="figure">{one}</td>' for one in told) in page


def test_a_time_in_which_nobody_did_anything_says_so(rooms: Rooms) -> None:
    page = rooms.as_("femi").get(f"/programs/{rooms.program}/team").text
    assert "Nothing in this time" in page
