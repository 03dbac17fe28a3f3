"""Writes of licence tokens: add with overlap, end, sign in. The deeds that add and end them are journeys."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db.models import Q
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.licensing.models import LicenceToken
from torhaus.licensing.queries import token_for_secret
from torhaus.licensing.secrets import hash_secret
from torhaus.records.deeds import Actor, deed, housekeeping, part, write_record
from torhaus.subscriptions.models import Contract
from torhaus_sdk.tokens import Token, new_token

OVERLAPS = {"0": timedelta(0), "1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
# A program may ask many times a second; "last used" is shown to the minute.
USE_NOTED_EVERY = timedelta(minutes=1)


class UnknownToken(Exception):
    """No working token has this secret: unknown, expired or revoked, which callers cannot tell apart."""


class UnknownContract(Exception):
    """No contract has this reference."""


class TokensChanged(Exception):
    """A newer token stands than the one the issuer saw: the form was sent twice, or somebody was faster."""


class AlreadyRevoked(Exception):
    """The token is revoked or has run out."""


@dataclass(frozen=True)
class IssuedToken:
    """A new token with its secret, for showing once."""

    token: Token
    row: LicenceToken
    ended: int


@part
def add_token(*, contract_ref: str, prefix: str, overlap: str = "0", newest_seen: str | None = None) -> IssuedToken:
    """Issue a token for a contract; its older ones end now or after ``overlap`` (a key of OVERLAPS, B5).

    ``newest_seen`` is the public id of the newest token the issuer saw ("" for none); None does not ask.

    Raises:
        UnknownContract: no such contract.
        TokensChanged: there is a newer one than ``newest_seen``.
        KeyError: no such overlap.
    """
    now = clock.now()
    with scopes_disabled():
        # The contract row is locked first, so that two issues at once cannot both leave theirs alive.
        contract = Contract.objects.select_for_update(of=("self",)).select_related("customer")
        found = contract.filter(ref=contract_ref).first()
        if found is None:
            raise UnknownContract(contract_ref)
        if newest_seen is not None and newest_seen != _newest_public_id(found):
            raise TokensChanged(found.number)
        older = LicenceToken.objects.filter(contract=found, revoked_at__isnull=True)
        end = now + OVERLAPS[overlap]
        ended = older.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=end)).update(expires_at=end)
        token = new_token(prefix)
        row = LicenceToken.objects.create(
            contract=found,
            public_id=token.public_id,
            prefix=token.prefix,
            secret_hash=hash_secret(token.secret),
            issued_at=now,
        )
    return IssuedToken(token, row, ended)


def _newest_public_id(contract: Contract) -> str:
    newest = LicenceToken.objects.filter(contract=contract).order_by("-issued_at", "-pk").first()
    return newest.public_id if newest else ""


@part
def end_token(*, public_id: str) -> LicenceToken:
    """Revoke a token: its next use is refused. Gives its row with contract and customer.

    Raises:
        UnknownToken: no such token.
        AlreadyRevoked: it no longer works anyway.
    """
    now = clock.now()
    with scopes_disabled():
        rows = LicenceToken.objects.select_for_update(of=("self",)).select_related("contract__customer")
        row = rows.filter(public_id=public_id).first()
        if row is None:
            raise UnknownToken(public_id)
        if row.revoked_at or (row.expires_at and row.expires_at <= now):
            raise AlreadyRevoked(public_id)
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
    return row


@deed("sign_in_with_token")
def sign_in_with_token(*, token: Token, by: Actor) -> LicenceToken:
    """Sign in with a licence token (B1): note its use and give its row with contract and customer.

    Raises:
        UnknownToken: no working token has this secret (B2).
    """
    row = token_for_secret(token)
    if row is None:
        raise UnknownToken
    row.last_used_at = clock.now()
    with scopes_disabled():
        row.save(update_fields=["last_used_at"])
    write_record(
        by=replace(by, ref=row.public_id),
        customer_ref=row.contract.customer.ref,
        subject=("contract", row.contract.ref),
        after={"token": row.public_id},
    )
    return row


@housekeeping
def note_token_use(row: LicenceToken) -> None:
    """Note that a program used the token ``row``, as it was read just now, unless that was noted within the minute."""
    now = clock.now()
    if row.last_used_at and row.last_used_at > now - USE_NOTED_EVERY:
        return
    with scopes_disabled():
        # What asks at the same moment finds it noted, and a sign-in at that moment is not set back.
        earlier = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
        LicenceToken.objects.filter(earlier, pk=row.pk).update(last_used_at=now)
