"""Mailboxes that want to hear of new versions: found, added, confirmed by their owner (double opt-in), ended."""

from datetime import timedelta

from django.db.models import Q
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.core.link_codes import code_of, same_code
from torhaus.core.random import new_ref
from torhaus.licensing.secrets import hash_secret, same_secret
from torhaus.records.deeds import Actor, deed, housekeeping, nothing_done, part, write_record
from torhaus.releases.models import ReleaseSubscription
from torhaus.subscriptions.models import Contract

CONFIRM_WITHIN = timedelta(hours=48)
# However often somebody asks, a mailbox gets no second mail within this time.
PAUSE = timedelta(minutes=10)
MOST_OF_A_CONTRACT = 50
_ENDED_KEPT = timedelta(days=30)


class TooManySubscriptions(ValueError):
    """The contract has as many mailboxes as it may."""


class LinkOver(Exception):
    """The link is unknown, has expired, or its subscription has ended."""


def subscriptions_of(contract_id: int) -> list[ReleaseSubscription]:
    """Give a contract's mailboxes, confirmed or waiting to be, inside the scope."""
    since = clock.now() - CONFIRM_WITHIN
    alive = Q(confirmed_at__isnull=False) | Q(asked_at__gt=since)
    rows = ReleaseSubscription.objects.filter(alive, contract_id=contract_id, ended_at=None)
    return list(rows.order_by("pk"))


def subscription_of(contract_id: int, ref: str) -> ReleaseSubscription | None:
    """Find one of a contract's mailboxes, inside the scope."""
    rows = ReleaseSubscription.objects.filter(contract_id=contract_id, ref=ref, ended_at=None)
    return rows.select_related("contract__customer").first()


def subscription_across_customers(ref: str) -> ReleaseSubscription | None:
    """Find a mailbox that has not ended, with contract and customer, for its owner who followed a link."""
    with scopes_disabled():
        rows = ReleaseSubscription.objects.select_related("contract__customer", "contract__product")
        return rows.filter(ref=ref, ended_at=None).first()


def subscription_for_code(ref: str, code: str) -> ReleaseSubscription | None:
    """Find the mailbox whose code this is; an unknown one costs the same as a wrong code."""
    row, fits = subscription_across_customers(ref), same_code(ref, code)
    return row if row is not None and fits and same_secret(code, row.secret_hash) else None


def waits(row: ReleaseSubscription) -> bool:
    """Whether it can still be confirmed."""
    return row.confirmed_at is None and row.ended_at is None and row.asked_at > clock.now() - CONFIRM_WITHIN


def masked(mail: str) -> str:
    """Give an address so that its owner knows it: ``a•••@example.com``."""
    name, _at, domain = mail.rpartition("@")
    return f"{name[:1]}•••@{domain}"


@part
def put_subscription(*, contract: Contract, mail: str, language: str) -> ReleaseSubscription | None:
    """Note that a mailbox is to be asked, for a locked contract; None if it hears already or was asked just now.

    Raises:
        TooManySubscriptions: the contract has MOST_OF_A_CONTRACT.
    """
    now = clock.now()
    with scopes_disabled():
        rows = ReleaseSubscription.objects.filter(contract=contract)
        row = rows.filter(mail__iexact=mail).first()
        if row is not None and row.ended_at is None and (row.confirmed_at or row.asked_at > now - PAUSE):
            return None
        if (row is None or row.ended_at) and rows.filter(ended_at=None).count() >= MOST_OF_A_CONTRACT:
            raise TooManySubscriptions(contract.ref)
        if row is None:
            row = ReleaseSubscription(contract=contract, mail=mail, ref=new_ref())
        row.language, row.asked_at, row.confirmed_at, row.ended_at = language, now, None, None
        row.secret_hash = hash_secret(code_of(row.ref))
        row.save()
    return row


@deed("confirm_release_subscription")
def confirm_release_subscription(*, ref: str, by: Actor) -> ReleaseSubscription:
    """The owner of a mailbox says that it wants to hear; saying it again changes nothing.

    Raises:
        LinkOver: there is no such request, or it is older than 48 hours.
    """
    row = subscription_across_customers(ref)
    if row is None or (row.confirmed_at is None and not waits(row)):
        raise LinkOver
    with scopes_disabled():
        open_ones = ReleaseSubscription.objects.filter(pk=row.pk, confirmed_at=None, ended_at=None)
        if open_ones.update(confirmed_at=clock.now()):
            _write(row, by)
        else:
            nothing_done()
    return row


@deed("end_release_subscription")
def end_release_subscription(*, ref: str, by: Actor) -> ReleaseSubscription:
    """Let a mailbox hear no more, at its owner's or the contract's wish.

    Raises:
        LinkOver: it has ended, or never was.
    """
    row = subscription_across_customers(ref)
    with scopes_disabled():
        if row is None or not ReleaseSubscription.objects.filter(pk=row.pk, ended_at=None).update(ended_at=clock.now()):
            raise LinkOver
    _write(row, by)
    return row


@housekeeping
def forget_old_subscriptions() -> int:
    """Remove what was not confirmed in time, and what ended a month ago: addresses are personal. Give how many went."""
    now = clock.now()
    late = Q(confirmed_at=None, asked_at__lt=now - CONFIRM_WITHIN)
    with scopes_disabled():
        return ReleaseSubscription.objects.filter(late | Q(ended_at__lt=now - _ENDED_KEPT)).delete()[0]


def _write(row: ReleaseSubscription, by: Actor) -> None:
    write_record(
        by=by,
        customer_ref=row.contract.customer.ref,
        subject=("contract", row.contract.ref),
        after={"contract": row.contract.number, "subscription": row.ref},
        personal={"mail": row.mail},
    )
