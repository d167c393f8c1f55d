"""Program files on a page: what was typed or uploaded, and a text to begin with."""

import re

from cm_engine.exchange.opening import decoded
from cm_engine.exchange.toml_file import write
from web.admin.forms import FileForm

UPLOADED = "program file"


def typed(form: FileForm) -> str:
    """Give the text of a form: that of the uploaded file, or what stands in the box. Raises InputError for what is no text.

    What was uploaded stands in the box from then on, so that it can be mended there.
    """
    if form.upload.data:
        form.terms.data = decoded(UPLOADED, form.upload.data.read())
    text: str = (form.terms.data or "").replace("\r\n", "\n")
    return text


def with_site(text: str, site: str, zone: str) -> str:
    """Give a program file's text for a site and its time zone; all else, comments too, stays as it is."""
    for key, value in (("site", site), ("timezone", zone)):
        line = write({key: value}).strip()
        text = re.sub(rf"^{key}\s*=.*$", lambda _, line=line: line, text, count=1, flags=re.MULTILINE)  # type: ignore[misc]
    return text
