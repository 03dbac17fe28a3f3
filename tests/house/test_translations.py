"""Every room's German: complete, not fuzzy, nothing left over, nothing still in English, placeholders as they were."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tests.house.extraction import Said, rooms, said_by

# What is the same word in both languages.
SAME = set(Path(__file__).with_name("same_in_german.txt").read_text("utf-8").splitlines())
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd]|\{[a-z_]*\}|<[^>]+>")
ROOMS = rooms()


def german(room: Path) -> Catalog:
    path = room / "locale" / "de" / "LC_MESSAGES" / "django.po"
    if not path.is_file():
        return Catalog(locale="de")
    with path.open("rb") as file:
        return read_po(file, locale="de", abort_invalid=True)


def entries(room: Path) -> dict[Said, tuple[str, ...]]:
    found = {}
    for message in german(room):
        if message.id:
            one, many = message.id if isinstance(message.id, tuple) else (message.id, "")
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            found[(message.context or "", one, many)] = texts
    return found


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_text_is_translated_and_no_other(room):
    said, translated = said_by(room), entries(room)
    missing = [f"{where}: {text}" for text, where in said.items() if not all(translated.get(text, ("",)))]
    assert missing == []
    assert sorted(set(translated) - set(said)) == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_no_translation_is_fuzzy_or_obsolete(room):
    catalogue = german(room)
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert list(catalogue.obsolete) == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_no_translation_is_still_english(room):
    same = [one for (_context, one, _many), texts in entries(room).items() if one in texts and one not in SAME]
    assert same == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_placeholders_and_tags_are_the_same(room):
    for (_context, one, many), texts in entries(room).items():
        wanted = sorted(PLACEHOLDER.findall(many or one))
        for text in texts:
            # A singular may leave the number out.
            assert sorted(PLACEHOLDER.findall(text)) in (wanted, sorted(PLACEHOLDER.findall(one))), one


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_plurals_have_both_forms(room):
    for (_context, one, many), texts in entries(room).items():
        assert len(texts) == (2 if many else 1), one


def test_one_text_is_translated_one_way():
    ways: dict[tuple[str, str], set[str]] = {}
    for room in ROOMS:
        for (context, one, many), texts in entries(room).items():
            if not many:
                ways.setdefault((context, one), set()).update(texts)
    assert {text: found for text, found in ways.items() if len(found) > 1} == {}


def test_the_list_of_same_words_holds_nothing_unused():
    used = {one for room in ROOMS for (_context, one, _many), texts in entries(room).items() if one in texts}
    assert sorted(SAME - used) == []
