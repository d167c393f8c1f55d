"""Pictures as somebody would send them in."""

from io import BytesIO
from typing import Any

from PIL import Image


def picture_file(kind: str = "PNG", size: tuple[int, int] = (900, 600), mode: str = "RGB", **options: Any) -> bytes:
    """Give a picture file of a kind."""
    made = BytesIO()
    Image.new(mode, size, "teal").save(made, kind, **options)
    return made.getvalue()
