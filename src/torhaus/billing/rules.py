"""Rules of invoices: how one stands on a day, and its VAT by rate. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


class Shown(StrEnum):
    """How an invoice stands; "overdue" follows from the due date and is nowhere stored."""

    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    CANCELLED = "cancelled"
    CREDITED = "credited"


@dataclass(frozen=True)
class VatShare:
    """What one VAT rate contributes, in cents (EN 16931 BG-23)."""

    rate: Decimal
    net_cents: int
    vat_cents: int


def shown_state(state: str, due_on: date | None, today: date) -> Shown:
    """Give how an invoice of stored ``state`` stands: due today is not overdue, without a due date it never is."""
    if state == Shown.OPEN and due_on is not None and due_on < today:
        return Shown.OVERDUE
    return Shown(state)


def vat_breakdown(lines: Iterable[tuple[Decimal, int]]) -> list[VatShare]:
    """Give the VAT by rate, lowest rate first, from (rate in percent, net cents) of each line.

    Tax is computed once from a rate's whole sum and rounded half up (EN 16931 BR-CO-17),
    not line by line.
    """
    sums: dict[Decimal, int] = {}
    for rate, net_cents in lines:
        sums[rate] = sums.get(rate, 0) + net_cents
    return [VatShare(rate, net, _vat(rate, net)) for rate, net in sorted(sums.items())]


def _vat(rate: Decimal, net_cents: int) -> int:
    return int((Decimal(net_cents) * rate / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def agrees(shares: Iterable[VatShare], *, net_cents: int | None, vat_cents: int | None, gross_cents: int) -> bool:
    """Whether the breakdown adds up to the totals of the invoice, which are the vendor's and stand."""
    known = list(shares)
    net, vat = sum(share.net_cents for share in known), sum(share.vat_cents for share in known)
    return (
        net + vat == gross_cents and (net_cents is None or net == net_cents) and (vat_cents is None or vat == vat_cents)
    )
