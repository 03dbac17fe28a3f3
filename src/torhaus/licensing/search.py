"""Licence tokens as staff look them up. What a page may know of one: never its secret."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from django_scopes import scopes_disabled

from torhaus.licensing.models import Installation, LicenceToken


class TokenState(StrEnum):
    """How a token stands at an instant."""

    LIVE = "live"
    ENDING = "ending"
    ENDED = "ended"
    REVOKED = "revoked"


def token_state(token: LicenceToken, now: datetime) -> TokenState:
    """Give how ``token`` stands at ``now``; ending means it works until its ``expires_at``."""
    if token.revoked_at is not None:
        return TokenState.REVOKED
    if token.expires_at is None:
        return TokenState.LIVE
    return TokenState.ENDING if token.expires_at > now else TokenState.ENDED


def tokens_of_contracts(contract_ids: Iterable[int]) -> list[LicenceToken]:
    """Give the contracts' tokens with their contracts, newest first, inside the scope."""
    rows = LicenceToken.objects.filter(contract_id__in=list(contract_ids)).select_related("contract")
    return list(rows.order_by("-issued_at", "-pk"))


def token_across_customers(public_id: str) -> LicenceToken | None:
    """Find a token by its public id, working or not, with contract and customer."""
    with scopes_disabled():
        return LicenceToken.objects.select_related("contract__customer").filter(public_id=public_id).first()


def installation_across_customers(ref: str) -> Installation | None:
    """Find an installation by its reference, running or removed, with contract, customer and product."""
    with scopes_disabled():
        rows = Installation.objects.select_related("licence__contract__customer", "licence__product")
        return rows.filter(ref=ref).first()


def ending_tokens_across_customers(*, now: datetime, until: datetime) -> list[LicenceToken]:
    """Give tokens that stop working between ``now`` and ``until``, with contract and customer, earliest first."""
    with scopes_disabled():
        rows = LicenceToken.objects.filter(revoked_at__isnull=True, expires_at__gt=now, expires_at__lte=until)
        return list(rows.select_related("contract__customer").order_by("expires_at", "pk")[:20])
