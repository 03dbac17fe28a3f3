"""What people are told: for every code a sentence in English and in German, filled in whole."""

import re
import string

import pytest

from torhaus_sdk import errors
from torhaus_sdk.answers import Code
from torhaus_sdk.errors import LicenceError
from torhaus_sdk.messages import TEXTS, sentence
from torhaus_sdk.refusals import REFUSALS


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", [*Code, *(f"file_{code}" for code in REFUSALS)])
def test_every_code_has_its_sentence(code):
    assert str(code) in TEXTS


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_both_languages_say_the_same_with_the_same_values(code):
    english, german = TEXTS[code]
    assert names(english) == names(german)
    assert english != german
    for text in (english, german):
        assert re.fullmatch(r"[A-ZÄÖÜ1„“{].*[.]", text, re.DOTALL), text
        assert "  " not in text
    assert not re.search(r"\b(the|and|licence|you)\b", re.sub(r"`[^`]*`", "", german)), german
    assert not re.search(r"\b(der|die|das|Sie|und)\b", english), english


def test_every_error_has_a_text_for_its_code():
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, LicenceError)]
    own = {one.code for one in kinds} - {"licence_error", "request_refused"}
    assert len(kinds) > 10
    assert own - {"server_unreachable"} <= set(TEXTS)


def test_a_value_that_is_missing_breaks_no_sentence():
    assert sentence("feature_missing", "de").startswith("„…“ gehört nicht zur Lizenz.")


def test_an_unknown_code_is_told_as_the_server_said_it():
    assert sentence("moon_phase", "de", said="Der Mond steht falsch.") == "Der Mond steht falsch."
    assert "moon_phase" in sentence("moon_phase", "de")
    assert "moon_phase" in str(LicenceError("moon_phase"))


def test_braces_in_values_do_no_harm():
    assert "{0.__class__}" in sentence("feature_missing", "en", feature="{0.__class__}")
