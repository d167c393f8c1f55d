"""Every text of the kiosk is there in Spanish, and takes the same things in."""

import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tests.web.kiosk.texts import said_texts
from web.languages import FOLDER

PLACES = re.compile(r"%\(\w+\)s")


@pytest.fixture(scope="module")
def spanish() -> Catalog:
    """The Spanish texts, as they are kept."""
    with (FOLDER / "es" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="es")


def each(text: object) -> tuple[str, ...]:
    """Give the forms of a text: one, or one and many."""
    return (text,) if isinstance(text, str) else tuple(text) if isinstance(text, tuple | list) else ()


def pairs(spanish: Catalog) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(each(message.id), each(message.string)) for message in spanish if message.id]


def test_no_text_is_missing_fuzzy_or_left_over(spanish: Catalog) -> None:
    assert {text for text, _ in pairs(spanish)} == {each(text) for text in said_texts()}
    assert [message.id for message in spanish if message.id and message.fuzzy] == []
    assert list(spanish.obsolete) == []


def test_every_text_is_translated_in_all_its_forms(spanish: Catalog) -> None:
    untranslated = [text for text, said in pairs(spanish) if len(said) != len(text) or not all(map(str.strip, said))]
    assert untranslated == []


def test_each_translation_takes_in_what_the_text_does(spanish: Catalog) -> None:
    for text, said in pairs(spanish):
        for form, translated in zip(text, said, strict=True):
            assert set(PLACES.findall(translated)) - {"%(num)s"} == set(PLACES.findall(form)) - {"%(num)s"}, form


@pytest.mark.parametrize("text", ["Still there?", "My next visit", ("%(shown)s slip", "%(shown)s slips")])
def test_what_is_looked_for_is_found(text: str | tuple[str, ...]) -> None:
    assert text in said_texts()
