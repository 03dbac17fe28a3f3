"""The countries one can choose from, in the page's language."""

from babel import Locale
from django.utils.translation import get_language

_NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"}


def countries() -> list[tuple[str, str]]:
    """Give the countries (ISO 3166-1 alpha-2) by their names in the page's language."""
    locale = Locale.parse((get_language() or "en")[:2])
    known = [(code, name) for code, name in locale.territories.items() if len(code) == 2 and code not in _NO_COUNTRY]
    return sorted(known, key=lambda pair: pair[1])
