"""Pictures as somebody would send them in."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image


def picture_file(kind: str = "PNG", size: tuple[int, int] = (900, 600), mode: str = "RGB", **options: Any) -> bytes:
    """Give a picture file of a kind."""
    made = BytesIO()
    Image.new(mode, size, "teal").save(made, kind, **options)
    return made.getvalue()


def claims(size: tuple[int, int]) -> bytes:
    """Give a small PNG file that says it is so large: what would fill the memory once it is unpacked."""
    parts = {b"IHDR": struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0), b"IDAT": zlib.compress(bytes(1000)), b"IEND": b""}
    written = (
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
        for name, part in parts.items()
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)
