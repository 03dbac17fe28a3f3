"""Single-use links by which somebody who lost the licence token gets a new one: made, found, used up."""

from datetime import timedelta

from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.core.link_codes import code_of, same_code
from torhaus.core.random import new_ref
from torhaus.licensing.models import TokenReset
from torhaus.licensing.secrets import hash_secret, same_secret
from torhaus.records.deeds import housekeeping, part
from torhaus.subscriptions.models import Contract

LIVES = timedelta(minutes=60)
# However often somebody asks, a mailbox gets no more links than these.
MOST = ((timedelta(hours=1), 3), (timedelta(days=1), 10))
# The addresses in old rows are personal data and serve nobody any more.
_KEEP = timedelta(days=30)


class LinkOver(Exception):
    """The link was used, has expired, or a newer one took its place."""


@part
def add_reset_link(*, contract: Contract, mail: str) -> TokenReset | None:
    """Make a link for a locked contract; the older ones to the same mail end. None if the mailbox had enough."""
    now = clock.now()
    with scopes_disabled():
        rows = TokenReset.objects.filter(contract=contract, mail=mail)
        if any(rows.filter(asked_at__gt=now - span).count() >= most for span, most in MOST):
            return None
        rows.filter(used_at__isnull=True, expires_at__gt=now).update(expires_at=now)
        ref = new_ref()
        return TokenReset.objects.create(
            contract=contract,
            ref=ref,
            secret_hash=hash_secret(code_of(ref)),
            mail=mail,
            asked_at=now,
            expires_at=now + LIVES,
        )


@part
def use_reset_link(*, reset_id: int, contract_id: int) -> None:
    """Use a link up, and with it all others of its contract. The caller has locked the contract's row.

    Raises:
        LinkOver: it works no more.
    """
    now = clock.now()
    with scopes_disabled():
        open_ones = TokenReset.objects.filter(contract_id=contract_id, used_at__isnull=True, expires_at__gt=now)
        if not open_ones.filter(pk=reset_id).update(used_at=now):
            raise LinkOver
        open_ones.update(expires_at=now)


@housekeeping
def forget_old_reset_links() -> int:
    """Delete links that ended long ago. Give how many went."""
    with scopes_disabled():
        return TokenReset.objects.filter(asked_at__lt=clock.now() - _KEEP).delete()[0]


def open_reset_across_customers(ref: str) -> TokenReset | None:
    """Find a link that works now, with contract and customer."""
    with scopes_disabled():
        rows = TokenReset.objects.select_related("contract__customer", "contract__product")
        return rows.filter(ref=ref, used_at__isnull=True, expires_at__gt=clock.now()).first()


def reset_for_code(ref: str, code: str) -> TokenReset | None:
    """Find the working link whose code this is; an unknown one costs the same as a wrong code."""
    row = open_reset_across_customers(ref)
    fits = same_code(ref, code)
    return row if row is not None and fits and same_secret(code, row.secret_hash) else None
