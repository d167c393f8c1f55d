"""Languages: English, and Spanish at the kiosk. Translations are read from their text files when the application starts.

So there is nothing to compile, and nothing that could be older than the text it was made from.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, request
from flask_babel import Babel, Domain, get_locale, get_translations

# The languages that a visitor may choose, each as it calls itself.
LANGUAGES = {"en": "English", "es": "Español"}

# Amounts and dates are written as in the United States.
COUNTRY = "US"

COOKIE = "language"
SPOKEN_IN = "kiosk"
FOLDER = Path(__file__).parent / "translations"


class Texts(Domain):  # type: ignore[misc]  # the library has no types
    """All translated texts."""

    def get_translations(self) -> NullTranslations:
        """Give the texts of the language that is spoken."""
        locale = get_locale()
        return texts(locale.language if locale else "en")


def add_languages(app: Flask) -> None:
    """Speak a visitor's language at the kiosk, and English everywhere else."""
    babel = Babel(app, locale_selector=lambda: f"{language()}_{COUNTRY}")
    with app.app_context():
        babel.domain_instance = Texts()
    for spoken in LANGUAGES:
        texts(spoken)


def language() -> str:
    """Give the language that is spoken on the page: the one that was chosen there, or else the device's."""
    if request.blueprint != SPOKEN_IN:
        return "en"
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "en"


def gettext(text: str, **named: object) -> str:
    """Say a text in the reader's language, with what is named in it."""
    said = str(get_translations().ugettext(text))
    return said % named if named else said


def ngettext(one: str, many: str, num: int, **named: object) -> str:
    """Say a text of one or of many in the reader's language; `num` is named in it too."""
    said = str(get_translations().ungettext(one, many, num))
    return said % {"num": num, **named}


@cache
def texts(spoken: str) -> NullTranslations:
    """Read the texts of a language; English is what is written in the pages themselves."""
    file = FOLDER / spoken / "LC_MESSAGES" / "messages.po"
    if not file.exists():
        return NullTranslations()
    with file.open("rb") as source:
        catalogue = read_po(source, locale=spoken)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
