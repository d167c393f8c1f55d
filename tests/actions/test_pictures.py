"""Pictures of prizes: one a prize, under a new id whenever it changes."""

from cm_engine.actions.pictures import picture, remove_picture, show_picture
from cm_engine.actions.revise import set_up
from cm_engine.exchange.picture_file import PictureError
from cm_engine.exchange.program_file import parse_terms
from tests.clinic import PROGRAM, clinic
from tests.pictures import picture_file as file


def test_a_prize_looks_like_its_latest_picture(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        mug = riverside.prize("Headphones")
        first, second = (
            show_picture(riverside.engine, riverside.request(), riverside.program, mug, file(size=size))["picture"]
            for size in ((30, 20), (20, 30))
        )
        assert picture(riverside.engine, first) is None
        shown = picture(riverside.engine, second)
        assert shown is not None
        assert (shown.program, shown.media_type, shown.content[8:12]) == (riverside.program, "image/webp", b"WEBP")
        remove_picture(riverside.engine, riverside.request(), riverside.program, mug)
        assert picture(riverside.engine, second) is None


def test_what_is_no_picture_changes_nothing(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside, riverside.refuses("no PNG, JPEG or WebP", PictureError):
        mug = riverside.prize("Headphones")
        show_picture(riverside.engine, riverside.request(), riverside.program, mug, b"no picture at all")


def test_nobody_changes_another_programs_prizes(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        text = PROGRAM.replace("riverside-iop", "another").replace('policies = ["any"]', "policies = []")
        text = text.partition("[[prizes]]")[0]
        another = set_up(riverside.engine, riverside.request(), parse_terms("p", text), [])["program"]
        mug = riverside.prize("Headphones")
        with riverside.refuses("there is no prize"):
            show_picture(riverside.engine, riverside.request(), another, mug, file())
        with riverside.refuses("there is no prize"):
            remove_picture(riverside.engine, riverside.request(), another, mug)
