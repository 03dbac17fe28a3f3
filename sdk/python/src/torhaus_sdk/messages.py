"""What people are told, in English and German, by code. Texts of the server come in the caller's language already."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from torhaus_sdk.code_texts import CODE_TEXTS
from torhaus_sdk.message_texts import MESSAGE_TEXTS
from torhaus_sdk.seat_texts import SEAT_TEXTS

LANGUAGES = ("en", "de")
TEXTS = MESSAGE_TEXTS | CODE_TEXTS | SEAT_TEXTS


def sentence(code: str, language: str = "en", *, said: str = "", **values: Any) -> str:
    """Give the text for ``code``; without one, what was ``said`` by the server, or that the code is not known."""
    text = _text(code, language)
    if text is None:
        return said or _filled("unknown_code", language, {"code": code})
    return text.format_map(_Shown(values, language))


def is_known(code: str) -> bool:
    """Whether there is a text for ``code``."""
    return code in TEXTS


def day(moment: date | datetime, language: str) -> str:
    """Give a day as people of a language write it."""
    return f"{moment:%d.%m.%Y}" if language.startswith("de") else f"{moment:%Y-%m-%d}"


def minute(moment: datetime, language: str) -> str:
    """Give day and time in UTC."""
    return f"{day(moment, language)} {moment:%H:%M} UTC"


def _filled(code: str, language: str, values: Mapping[str, Any]) -> str:
    return (_text(code, language) or code).format_map(_Shown(values, language))


def _text(code: str, language: str) -> str | None:
    found = TEXTS.get(code)
    return None if found is None else found[1 if language.lower().startswith("de") else 0]


class _Shown(dict[str, Any]):
    """Values as they are shown; what is missing is left out instead of breaking the sentence."""

    def __init__(self, values: Mapping[str, Any], language: str) -> None:
        super().__init__({name: self._shown(value, language) for name, value in values.items()})

    def __missing__(self, _name: str) -> str:
        return "…"

    @staticmethod
    def _shown(value: Any, language: str) -> Any:
        return minute(value, language) if isinstance(value, datetime) else value
