"""Picture files: a picture that somebody sends in, taken for what its content says and made anew, small and without anything else.

What a camera writes beside a picture (where and when it was taken) is not kept.
"""

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from cm_engine.errors import CmError

LARGEST = 300 * 1024
LARGEST_SIDE = 8_000
MOST_POINTS = 16_000_000  # what it takes unpacked: some 64 MB at most
SIDE = 480
MEDIA_TYPE = "image/webp"
FORMATS = (PngImageFile.format, JpegImageFile.format, WebPImageFile.format)


class PictureError(CmError):
    """A file that is no picture that can be taken; the message says what would be right."""


def small_picture(content: bytes) -> bytes:
    """Make a picture anew as a small WebP. Raises PictureError for what is none, or is too large."""
    if not content:
        raise PictureError("the file is empty; choose a picture")
    if len(content) > LARGEST:
        raise PictureError(f"the picture has {len(content) // 1024 + 1} KB; send one of {LARGEST // 1024} KB or less")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            if max(opened.size) > LARGEST_SIDE:
                raise PictureError(f"the picture is larger than {LARGEST_SIDE} points a side; make it smaller")
            opened.draft(None, (SIDE, SIDE))  # a JPEG is unpacked no larger than it need be
            if opened.width * opened.height > MOST_POINTS:
                raise PictureError(f"the picture has more than {MOST_POINTS:,} points; make it smaller")
            upright = ImageOps.exif_transpose(opened)
            plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except Image.DecompressionBombError as error:
        raise PictureError(f"the picture is larger than {LARGEST_SIDE} points a side; make it smaller") from error
    except UnidentifiedImageError as error:
        raise PictureError("this is no PNG, JPEG or WebP picture, whatever its name says") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise PictureError("the picture is damaged; save it anew, and send that") from error
    plain.thumbnail((SIDE, SIDE))
    made = BytesIO()
    plain.save(made, WebPImageFile.format, quality=82, method=4)
    return made.getvalue()
