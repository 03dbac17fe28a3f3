"""How portal pages put days, terms, names and numbers."""

from datetime import date
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency, format_decimal
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from torhaus.catalogue.models import ItemKind
from torhaus.core import clock
from torhaus.core.texts import text_in
from torhaus.frame.formatting import babel_locale, number_text
from torhaus.frame.viewers import known_vendor
from torhaus.frame.words import ITEM_KINDS
from torhaus.subscriptions.models import Booking
from torhaus.vendor.models import Vendor


def vendor_today(request: HttpRequest) -> tuple[Vendor, date]:
    """Give the vendor and the current day at its place.

    Raises:
        NoVendor: none is loaded.
    """
    vendor = known_vendor(request)
    return vendor, clock.today(vendor.time_zone)


def term_words(months: int | None) -> str:
    """Say how long a term is: in years where it is whole years of more than one, else in months."""
    if not months:
        return _("Unlimited")
    if months > 12 and months % 12 == 0:
        years = months // 12
        return ngettext("%(n)d year", "%(n)d years", years) % {"n": years}
    return ngettext("%(n)d month", "%(n)d months", months) % {"n": months}


def booking_name(booking: Booking, language: str) -> str:
    """Give what a booked line is called: its own name, else the item's, else the kind."""
    if booking.name:
        return booking.name
    if booking.item is not None and (name := text_in(booking.item.name, language)):
        return name
    return str(ITEM_KINDS.get(ItemKind(booking.kind), booking.line))


def country_name(code: str) -> str:
    """Give a country's name in the page's language, or the code where it has none."""
    return str(Locale.parse(babel_locale()).territories.get(code.upper(), code))


def size_text(size: int) -> str:
    """Give a file's size as "184 MB": in powers of ten, as the vendors of disks and downloads count."""
    for unit, power in (("GB", 9), ("MB", 6), ("kB", 3)):
        if size >= 10**power:
            value = Decimal(size).scaleb(-power)
            rounded = round(value, 0 if value >= 10 else 1)
            return f"{number_text(rounded)}\u00a0{unit}"
    return f"{size}\u00a0B"


def exact_number(value: Decimal) -> str:
    """Give a number with all the decimals it has, and no zeros behind them."""
    return str(format_decimal(_short(value, 0), locale=babel_locale(), decimal_quantization=False))


def exact_price(value: Decimal, currency: str) -> str:
    """Give a price of one unit, which may be finer than the currency's smallest coin."""
    text = format_currency(_short(value, 2), currency, locale=babel_locale(), decimal_quantization=False)
    return str(text).replace("-", "\u2212")


def _short(value: Decimal, at_least: int) -> Decimal:
    """Drop zeros at the end, but keep ``at_least`` decimals."""
    exponent = value.normalize().as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return value.quantize(Decimal(1).scaleb(-max(decimals, at_least)))
