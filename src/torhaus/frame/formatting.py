"""Amounts, counts, days and instants as text, in the active language and the vendor's time zone."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, format_decimal
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language

from torhaus.core.money import from_cents

_LOCALES = {"de": "de_DE", "en": "en_GB"}
_MINUS = "\u2212"
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")


def babel_locale() -> str:
    """Give Babel's name of the active language's conventions."""
    return _LOCALES.get((get_language() or "en")[:2], "en_GB")


def money_text(cents: int, currency: str) -> str:
    """Give an amount of minor units as ``1.970,64 €`` or ``€1,970.64``, with a true minus sign."""
    return _money(cents, currency, babel_locale())


@lru_cache(maxsize=4096)
def _money(cents: int, currency: str, locale: str) -> str:
    """Format once: amounts come again and again on a page of invoices."""
    text = str(format_currency(from_cents(cents, currency), currency, locale=locale))
    # CLDR wants a no-break space between a currency in letters and the digits; Babel leaves it out.
    return _LETTER_BEFORE_DIGIT.sub("\u00a0", text).replace("-", _MINUS)


def number_text(value: Decimal | float) -> str:
    """Give a number with the language's separators, with a true minus sign."""
    return _number(value, babel_locale())


@lru_cache(maxsize=4096, typed=True)
def _number(value: Decimal | float, locale: str) -> str:
    """Format once: the same sizes and counts stand on a page again and again."""
    return str(format_decimal(value, locale=locale)).replace("-", _MINUS)


def day_text(value: date) -> str:
    """Give a day as ``22.11.2026`` or ``2026-11-22``; an instant counts as its day at the vendor's."""
    if isinstance(value, datetime):
        # A plain day: the same instant is equal in every time zone, and the cache would give another zone's day.
        value = timezone.localtime(value).date()
    return _day(value, get_language() or "en")


@lru_cache(maxsize=4096)
def _day(value: date, language: str) -> str:  # noqa: ARG001 - part of the cache's key
    """Format once: the same few hundred days stand on all pages. ``language`` is only the cache's key."""
    return date_format(value, "SHORT_DATE_FORMAT")


def moment_text(value: datetime) -> str:
    """Give an instant as day and time in the active time zone, which is the vendor's."""
    return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")


def country_name(code: str) -> str:
    """Give the name of an ISO 3166 country in the active language; the code itself if unknown."""
    return str(Locale.parse(babel_locale()).territories.get(code.upper(), code))
