"""The texts that the kiosk says, as they are written in its pages and views."""

from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract

WEB = Path(__file__).parents[3] / "web"

Text = str | tuple[str, ...]


def said_texts() -> dict[Text, str]:
    """Give every text, of one or of one and many, with the file it stands in."""
    found: dict[Text, str] = {}
    for folder, ending, method in (("kiosk", "py", "python"), ("templates/kiosk", "html", "jinja2.ext:babel_extract")):
        for file in sorted((WEB / folder).glob(f"*.{ending}")):
            options = {"newstyle_gettext": "true", "trimmed": "false"}
            for _, text, _, _ in extract(method, BytesIO(file.read_bytes()), options=options):
                found[text] = f"{folder}/{file.name}"
    return found
