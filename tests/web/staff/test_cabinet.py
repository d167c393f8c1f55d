"""The cabinet: what is there and what is low; putting in, counting, pictures."""

from io import BytesIO

import pytest

from cm_engine.actions.verify import verify
from tests.counting import counted
from tests.pictures import picture_file as file
from tests.web.rooms import Rooms
from tests.web.staff.desk import read, sent


def there(rooms: Rooms) -> str:
    return f"/programs/{rooms.program}/cabinet"


def of(rooms: Rooms, do: str, prize: str = "Coffee card") -> str:
    return f"{there(rooms)}/{rooms.clinic.prize(prize)}/{do}"


def on_hand(rooms: Rooms, prize: str = "Coffee card") -> int:
    stock: dict[str, int] = dict(map(tuple, rooms.clinic.ask("SELECT prize_id, on_hand FROM stock")))
    return stock[rooms.clinic.prize(prize)]


def test_what_is_put_in_is_there_once(rooms: Rooms) -> None:
    desk, form = rooms.as_("dev"), sent(number="20")
    done = desk.post(of(rooms, "restock"), data=form, follow_redirects=True)
    assert "20 put in: 80 of Coffee card are there now." in read(done)
    desk.post(of(rooms, "restock"), data=form)  # a second click
    assert on_hand(rooms) == 80
    assert "Coffee card put in Mon, Mar 2, 2026, 12:00 PM 20 Dev Patel" in read(desk.get(there(rooms)))
    assert verify(rooms.clinic.engine).is_clean


def test_a_count_says_how_it_differs_and_what_is_low(rooms: Rooms) -> None:
    desk = rooms.as_("femi")
    done = read(desk.post(of(rooms, "count"), data=sent(found="9"), follow_redirects=True))
    assert "Coffee card: 9 counted, 51 fewer than the books said." in done
    assert "Running low: Coffee card (9)." in done
    assert "9 60 \N{MINUS SIGN}51 Femi Ade" in done
    same = read(desk.post(of(rooms, "count"), data=sent(found="9"), follow_redirects=True))
    assert "9 counted, as the books say." in same
    more = read(desk.post(of(rooms, "count"), data=sent(found="0010"), follow_redirects=True))
    assert "10 counted, 1 more than the books said." in more


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "many", "1e3", "٣", "100001", "9" * 40])
@pytest.mark.parametrize(("do", "field"), [("restock", "number"), ("count", "found")])
def test_what_is_no_number_is_said_beside_the_field_and_kept(rooms: Rooms, do: str, field: str, typed: str) -> None:
    answer = rooms.as_("dev").post(of(rooms, do), data=sent(**{field: typed}))
    assert answer.status_code == 422
    assert "a number from" in read(answer)
    assert (
        f'name="{field}" inputmode="numeric" maxlength="6" autocomplete="off" value="{typed}" aria-invalid="true"'
        in (answer.text)
    )
    assert on_hand(rooms) == 60


def test_a_picture_is_shown_small_and_may_be_kept_for_good(rooms: Rooms) -> None:
    desk = rooms.as_("dev")
    form = {**sent(), "picture": (BytesIO(file("JPEG")), "mug.jpg")}
    page = desk.post(of(rooms, "picture"), data=form, follow_redirects=True).text
    [(picture,)] = rooms.clinic.ask("SELECT id FROM pictures")
    assert f'src="/pictures/{picture}"' in page
    shown = rooms.nobody().get(f"/pictures/{picture}")
    assert (shown.mimetype, shown.headers["Cache-Control"]) == ("image/webp", "public, max-age=31536000, immutable")
    desk.post(of(rooms, "picture/remove"), data=sent())
    assert rooms.nobody().get(f"/pictures/{picture}").status_code == 404


def test_what_is_no_picture_is_refused_by_what_it_holds(rooms: Rooms) -> None:
    for content, name, said in (
        (b"<svg onload='alert(1)'/>", "mug.png", "This is no PNG, JPEG or WebP picture"),
        (file() + bytes(400_000), "mug.png", "send one of 300 KB or less"),
        (b"", "", "choose a picture"),
    ):
        answer = rooms.as_("dev").post(of(rooms, "picture"), data={**sent(), "picture": (BytesIO(content), name)})
        assert answer.status_code == 422
        assert said in read(answer)
    assert rooms.clinic.ask("SELECT id FROM pictures") == []


def test_who_does_not_keep_the_cabinet_does_not_see_it(rooms: Rooms) -> None:
    for persona in ("elin", "amir", "olga", "otto"):
        assert rooms.as_(persona).get(there(rooms)).status_code == 404
        assert rooms.as_(persona).post(of(rooms, "count"), data=sent(found="0")).status_code == 404
    assert on_hand(rooms) == 60


def test_a_prize_of_another_program_is_not_touched(rooms: Rooms) -> None:
    prize = rooms.clinic.prize("Coffee card")
    answer = rooms.as_("otto").post(f"/programs/{rooms.elsewhere}/cabinet/{prize}/count", data=sent(found="0"))
    assert answer.status_code == 422
    assert on_hand(rooms) == 60


def test_the_page_asks_for_little(rooms: Rooms) -> None:
    desk = rooms.as_("dev")
    desk.get(there(rooms))
    with counted() as asked:
        desk.get(there(rooms))
    assert len(asked) <= 14
