"""Reads one value of a file, be it a CSV cell or a TOML/YAML value. Pure.

Every reader takes anything and gives the value, or raises ``Unexpected`` whose text
says what was expected and what stood there.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel import Locale
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from torhaus.core.money import CURRENCIES

COUNTRIES = frozenset(Locale("en").territories) - {"EU", "EZ", "UN", "XA", "XB", "ZZ"}
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
MAIL = re.compile(r"[^@\s<>\"(),:;\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
URL = re.compile(r"https?://[^\s<>\"'`{}|\\^]+")
MAIL_LINK = re.compile(r"mailto:[^\s<>\"'`{}|\\^]+")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
SHA256 = re.compile(r"[0-9a-fA-F]{64}")
# Everything below a blank but tab and line break, DEL, C1 controls, and marks that turn text around unseen.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
PLAIN = re.compile(r"-?\d{1,18}(?:\.\d{1,12})?")
COMMA = re.compile(r"-?(?:\d{1,18}|\d{1,3}(?:\.\d{3}){1,5}),\d{1,12}")
GERMAN_DAY = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
YES = {"true", "yes", "ja", "1"}
NO = {"false", "no", "nein", "0"}
MOST = 2**53
FIRST_YEAR, LAST_YEAR = 1900, 2200


class Unexpected(ValueError):
    """A value is not what was expected; the text says what was."""


def shown(value: Any) -> str:
    """Give a value as an error may print it: short, one line, control characters made visible."""
    text = value if isinstance(value, str) else str(value)
    text = text if len(text) <= 40 else f"{text[:40]}…"
    return ascii(text) if FORBIDDEN.search(text) else f"'{text}'".replace("\n", "\\n").replace("\r", "\\r")


def read_text(value: Any, *, most: int) -> str:
    """Read a text of at most ``most`` characters; blanks around it are dropped."""
    if not isinstance(value, str):
        raise Unexpected(f"expected a text, found {shown(value)}; put it in quotes")
    if found := FORBIDDEN.search(value):
        raise Unexpected(f"expected a text without control characters, found U+{ord(found[0]):04X}")
    text = value.strip().replace("\r\n", "\n")
    if len(text) > most:
        raise Unexpected(f"expected at most {most} characters, found {len(text)}")
    return text


def read_filled(value: Any, *, most: int) -> str:
    """Read a text that may not be empty."""
    text = read_text(value, most=most)
    if not text:
        raise Unexpected("expected a text, found nothing")
    return text


def read_name(value: Any, *, most: int) -> str:
    """Read a text that may not be empty and stands on one line."""
    text = read_filled(value, most=most)
    if "\n" in text:
        raise Unexpected("expected a text on one line, found a line break")
    return text


def read_number(value: Any, *, most: int) -> str:
    """Read a number that is a name (of a customer, contract, invoice); TOML and YAML may write it without quotes."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return read_name(value, most=most)


def _matching(value: Any, pattern: re.Pattern[str], expected: str, most: int) -> str:
    text = read_text(value, most=most)
    if not pattern.fullmatch(text):
        raise Unexpected(f"expected {expected}, found {shown(text)}")
    return text


def read_key(value: Any, *, most: int = 60) -> str:
    """Read a key: letters, digits, ``-`` and ``_``."""
    return _matching(value, KEY, "a key of letters, digits, - and _ (e.g. medium-2026)", most)


def read_mail(value: Any) -> str:
    """Read a mail address."""
    text = _matching(value, MAIL, "a mail address (name@example.com)", 254)
    try:
        validate_email(text)  # what mail could not be sent to is refused here, with file and line
    except ValidationError as error:
        raise Unexpected(f"expected a mail address (name@example.com), found {shown(text)}") from error
    return text


def read_url(value: Any) -> str:
    """Read an address that starts with http:// or https://."""
    return _matching(value, URL, "an address that starts with https:// or http://", 200)


def read_link(value: Any) -> str:
    """Read an address that starts with https://, http:// or mailto:."""
    text = read_text(value, most=200)
    return text if MAIL_LINK.fullmatch(text) else read_url(text)


def read_colour(value: Any) -> str:
    """Read a colour as #rrggbb."""
    return _matching(value, COLOUR, "a colour as #rrggbb", 7).lower()


def read_sha256(value: Any) -> str:
    """Read a SHA-256 in hexadecimal."""
    return _matching(value, SHA256, "a SHA-256 of 64 hexadecimal digits", 64).lower()


def read_currency(value: Any) -> str:
    """Read an ISO 4217 currency."""
    text = read_text(value, most=3)
    if text not in CURRENCIES:
        raise Unexpected(f"expected a currency such as EUR or CHF (ISO 4217), found {shown(text)}")
    return text


def read_country(value: Any) -> str:
    """Read an ISO 3166 country of two capital letters."""
    text = read_text(value, most=20)
    if len(text) != 2 or text not in COUNTRIES:
        raise Unexpected(f"expected a country of two capital letters such as DE, found {shown(text)}")
    return text


def read_choice(value: Any, *, choices: tuple[str, ...]) -> str:
    """Read one of ``choices``."""
    if value not in choices:
        raise Unexpected(f"expected {_or(choices)}, found {shown(value)}")
    return str(value)


def _or(choices: tuple[str, ...]) -> str:
    return choices[0] if len(choices) == 1 else f"{', '.join(choices[:-1])} or {choices[-1]}"


def read_whole(value: Any, *, least: int = 0, most: int = MOST) -> int:
    """Read a whole number without separators."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Unexpected(f"expected a whole number, found {shown(value)}")
    text = str(value).strip()
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        raise Unexpected(f"expected a whole number without separators, found {shown(text)}")
    number = int(text)
    if not least <= number <= most:
        raise Unexpected(f"expected a whole number from {least} to {most}, found {shown(text)}")
    return number


def read_decimal(value: Any, *, places: int, least: Decimal | None = None) -> Decimal:
    """Read a decimal number with at most ``places`` decimals.

    The decimal mark is the point; the German comma is taken where it cannot be anything else:
    "1970,64" and "1.970,64" are 1970.64, while "1,970" and "1,970.64" are refused.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise Unexpected(f"expected a number, found {shown(value)}")
    text = str(value).strip()
    if COMMA.fullmatch(text):
        whole, _, decimals = text.partition(",")
        if len(decimals) == 3 and "." not in whole:
            raise Unexpected(f"expected a number such as 1970.64; {shown(text)} can be read in two ways")
        text = f"{whole.replace('.', '')}.{decimals}"
    if not PLAIN.fullmatch(text) or not text.isascii():
        raise Unexpected(f"expected a number such as 1970.64, found {shown(text)}")
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        raise Unexpected(f"expected at most {places} decimals, found {shown(text)}")
    if abs(number) >= 10**12 or (least is not None and number < least):
        raise Unexpected(f"expected a number {f'from {least} ' if least is not None else ''}below 10^12")
    return number


def read_day(value: Any) -> date:
    """Read a day: 2026-04-01, or 01.04.2026."""
    if isinstance(value, date) and not isinstance(value, datetime):
        day = value
    else:
        text = value.strip() if isinstance(value, str) else ""
        if german := GERMAN_DAY.fullmatch(text):
            text = f"{german[3]}-{german[2]}-{german[1]}"
        try:
            day = date.fromisoformat(text if ISO_DAY.fullmatch(text) else "")
        except ValueError:
            raise Unexpected(f"expected a day such as 2026-04-01, found {shown(value)}") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unexpected(f"expected a day between {FIRST_YEAR} and {LAST_YEAR}, found {day}")
    return day


def read_yes_no(value: Any) -> bool:
    """Read true or false; in CSV also yes, no, ja, nein, 1 and 0."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int) else ""
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unexpected(f"expected true or false, found {shown(value)}")


def read_texts(value: Any, *, most: int) -> dict[str, str]:
    """Read a text in the vendor's languages: a plain text (for all), or one for each language code."""
    if isinstance(value, dict):
        if bad := [name for name in value if not re.fullmatch(r"[a-z]{2}", str(name))]:
            raise Unexpected(f"expected language codes such as de and en, found {shown(bad[0])}")
        texts = {str(name): read_text(text, most=most) for name, text in value.items()}
        return dict(sorted((name, text) for name, text in texts.items() if text))
    text = read_text(value, most=most)
    return {"": text} if text else {}


def read_list(value: Any, *, most: int) -> list[str]:
    """Read a list of short texts; in CSV they stand in one cell, parted by ``|``."""
    parts = value.split("|") if isinstance(value, str) else value
    if not isinstance(parts, list):
        raise Unexpected(f"expected a list, found {shown(value)}")
    return [text for text in (read_text(part, most=most) for part in parts) if text]
