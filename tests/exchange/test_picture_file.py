"""Picture files: taken for what they hold, made small, and nothing kept that lies beside the picture."""

from io import BytesIO

import pytest
from PIL import Image

from cm_engine.exchange.picture_file import LARGEST, SIDE, PictureError, small_picture
from tests.pictures import claims
from tests.pictures import picture_file as file

PLACE = 0x8825


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_is_made_small_whatever_it_was(kind: str) -> None:
    small = Image.open(BytesIO(small_picture(file(kind))))
    assert (small.format, small.size) == ("WEBP", (SIDE, SIDE * 600 // 900))


def test_a_small_one_is_not_made_larger() -> None:
    assert Image.open(BytesIO(small_picture(file(size=(40, 20))))).size == (40, 20)


def test_what_shines_through_stays_so() -> None:
    assert Image.open(BytesIO(small_picture(file(mode="RGBA")))).mode in {"RGBA", "RGB"}
    half = Image.new("RGBA", (10, 10), (0, 0, 0, 100))
    made = BytesIO()
    half.save(made, "PNG")
    assert Image.open(BytesIO(small_picture(made.getvalue()))).mode == "RGBA"


def test_a_large_jpeg_is_taken_since_it_is_unpacked_small() -> None:
    assert Image.open(BytesIO(small_picture(file("JPEG", (4800, 3600))))).size == (SIDE, SIDE * 3 // 4)


def test_a_phone_held_upright_makes_an_upright_picture_without_the_place_it_was_taken_at() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[PLACE] = {1: "N", 2: (45.0, 31.0, 12.0)}
    small = Image.open(BytesIO(small_picture(file("JPEG", (200, 100), exif=exif))))
    assert small.size == (100, 200)
    assert not small.getexif()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no PNG, JPEG or WebP"),
        (b"GIF89a" + bytes(40), "no PNG, JPEG or WebP"),
        (file("GIF"), "no PNG, JPEG or WebP"),
        (file()[:200], "is damaged"),
        (file() + bytes(LARGEST), "send one of 300 KB or less"),
        (file(size=(8001, 1)), "larger than 8000 points"),
        (file(size=(8000, 2001)), "more than 16,000,000 points"),
        (claims((20_000, 20_000)), "larger than 8000 points"),
    ],
)
def test_what_cannot_be_taken_is_named(content: bytes, said: str) -> None:
    with pytest.raises(PictureError, match=said):
        small_picture(content)
