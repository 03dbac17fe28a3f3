"""Reads of licence tokens."""

from collections.abc import Iterable

from django.db.models import Q
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.licensing.models import LicenceToken
from torhaus.licensing.secrets import DUMMY_HASH, same_secret
from torhaus_sdk.tokens import Token


def _live() -> Q:
    return Q(revoked_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now()))


def token_across_customers(public_id: str) -> LicenceToken | None:
    """Find a token by its public id, whether it works or has ended, with contract and customer."""
    with scopes_disabled():
        found = LicenceToken.objects.filter(public_id=public_id)
        return found.select_related("contract__customer__security", "contract__product").first()


def live_token_across_customers(public_id: str) -> LicenceToken | None:
    """Find a token that works now, by its public id, with contract and customer."""
    row = token_across_customers(public_id)
    return row if row is not None and working([row]) else None


def token_with_secret(token: Token) -> LicenceToken | None:
    """Find the token whose secret this is, whether it works or has ended; unknown and wrong ones cost the same."""
    row = token_across_customers(token.public_id)
    fits = same_secret(token.secret, row.secret_hash if row else DUMMY_HASH)
    return row if row is not None and fits and row.prefix == token.prefix else None


def token_for_secret(token: Token) -> LicenceToken | None:
    """Find the working token whose secret this is; unknown, expired and revoked cost the same."""
    row = token_with_secret(token)
    return row if row is not None and working([row]) else None


def tokens_of_contract(contract_id: int) -> list[LicenceToken]:
    """Give a contract's tokens, newest first, inside the scope."""
    return list(LicenceToken.objects.filter(contract_id=contract_id).order_by("-issued_at", "-pk"))


def live_tokens_across_customers(public_ids: list[str]) -> list[LicenceToken]:
    """Find those tokens that work now, with contract and customer."""
    with scopes_disabled():
        found = LicenceToken.objects.filter(_live(), public_id__in=public_ids)
        return list(found.select_related("contract__customer"))


def working(tokens: Iterable[LicenceToken]) -> list[LicenceToken]:
    """Give those of some tokens that work now, in their order."""
    now = clock.now()
    return [one for one in tokens if one.revoked_at is None and (one.expires_at is None or one.expires_at > now)]


def working_tokens(contract_id: int) -> list[LicenceToken]:
    """Give the contract's tokens that work now, newest first, inside the scope."""
    return list(LicenceToken.objects.filter(_live(), contract_id=contract_id).order_by("-issued_at", "-pk"))


def working_tokens_across_customers(contract_id: int) -> list[LicenceToken]:
    """Give the contract's tokens that work now, newest first, for one who followed a link of a mail."""
    with scopes_disabled():
        return working_tokens(contract_id)
