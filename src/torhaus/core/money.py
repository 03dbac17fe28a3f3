"""Money as integer minor units ("cents") of an ISO 4217 currency."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import get_currency_precision, list_currencies

CURRENCIES = frozenset(list_currencies())
LIMIT_CENTS = 10**15


def minor_digits(currency: str) -> int:
    """Give how many decimals ``currency`` has (EUR 2, JPY 0, KWD 3)."""
    return int(get_currency_precision(currency))


def to_cents(amount: Decimal, currency: str) -> int:
    """Give ``amount`` in minor units, rounded half up as commercial custom has it (EN 16931 rounds so too)."""
    scaled = amount.scaleb(minor_digits(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return int(scaled)


def from_cents(cents: int, currency: str) -> Decimal:
    """Give the amount in whole units with the currency's decimals."""
    return Decimal(cents).scaleb(-minor_digits(currency))


def parse_amount(text: str, currency: str) -> int:
    """Read a plain decimal amount ("1970.64", point as decimal mark) into minor units.

    Raises:
        ValueError: not a number, more decimals than the currency has, or out of range.
    """
    try:
        amount = Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError("not an amount") from error
    if not amount.is_finite() or abs(amount) >= LIMIT_CENTS:
        raise ValueError("not an amount")
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > minor_digits(currency):
        raise ValueError("more decimals than the currency has")
    return to_cents(amount, currency)
