"""Every text of the kiosk is there in Spanish, and takes the same things in."""

import re
from string import ascii_letters

import pytest
from babel.messages.pofile import read_po

from tests.web.kiosk.texts import Text, said_texts
from web.languages import FOLDER

PLACES = re.compile(r"%\(\w+\)s")

SPANISH = FOLDER / "es" / "LC_MESSAGES" / "messages.po"


def test_nothing_is_untranslated_fuzzy_or_left_over() -> None:
    with SPANISH.open("rb") as file:
        catalogue = read_po(file, locale="es")
    there: dict[Text, object] = {message.id: message for message in catalogue if message.id}
    assert set(there) == set(said_texts())
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert list(catalogue.obsolete) == []
    for message in catalogue:
        if message.id:
            said = [message.string] if isinstance(message.string, str) else list(message.string)
            assert all(any(letter in ascii_letters for letter in one) for one in said), message.id


def test_each_translation_takes_in_what_the_text_does() -> None:
    with SPANISH.open("rb") as file:
        catalogue = read_po(file, locale="es")
    for message in catalogue:
        if message.id:
            texts = [message.id] if isinstance(message.id, str) else list(message.id)
            said = [message.string] if isinstance(message.string, str) else list(message.string)
            for one in said:
                assert set(PLACES.findall(one)) <= set(PLACES.findall(texts[-1])), message.id
            assert set(PLACES.findall(said[-1])) == set(PLACES.findall(texts[-1])), message.id


@pytest.mark.parametrize("text", ["Still there?", "My next visit", "Draw my slips"])
def test_what_is_looked_for_is_found(text: str) -> None:
    assert text in said_texts()
