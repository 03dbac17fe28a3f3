"""The deeds by which an owner hands the account over, in two steps: the owner offers, the successor accepts (B90)."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from torhaus.core import clock
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.organisations.members import UnknownMember
from torhaus.organisations.models import Customer, Membership, MembershipState, OwnerRecovery, OwnershipOffer, Role
from torhaus.organisations.people import open_ownership_offer
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.records.models import ActorKind

LIVES = timedelta(days=7)


class NotOwner(Exception):
    """Only the owner who has come in hands the account over."""


class NotFit(Exception):
    """The successor has to be somebody else who is active."""


class OfferOver(Exception):
    """There is no offer to this person, or not any more: accepted, withdrawn, or too old."""


@deed("offer_ownership")
def offer_ownership(*, member_ref: str, by: Actor) -> OwnershipOffer:
    """Offer a person of the customer in scope to become its owner; an earlier offer ends. The person is told by mail.

    Raises:
        NotOwner: ``by`` is not the owner.
        UnknownMember: there is no such person.
        NotFit: the person is not active, or is the owner already.
    """
    customer = _locked_customer()
    owner = _owner_who_acts(customer, by)
    row = Membership.objects.select_related("person").filter(customer=customer, ref=member_ref).first()
    if row is None:
        raise UnknownMember
    if row.pk == owner.pk or row.state != MembershipState.ACTIVE or not row.person.is_active:
        raise NotFit
    now = clock.now()
    OwnershipOffer.objects.filter(customer=customer).delete()
    offer = OwnershipOffer.objects.create(customer=customer, successor=row, offered_at=now, ends_at=now + LIVES)
    link = settings.OPTIONS.public_url.rstrip("/") + reverse("web:accept_ownership")
    _mail(row, "ownership_offered", customer, {"link": link, "owner": owner.person.name, "until": offer.ends_at})
    _record(row, by=by, customer=customer, before={}, after={"until": offer.ends_at.isoformat()})
    return offer


@deed("withdraw_ownership")
def withdraw_ownership(*, by: Actor) -> None:
    """Withdraw the offer of the customer in scope, if there is one.

    Raises:
        NotOwner: ``by`` is not the owner.
    """
    customer = _locked_customer()
    _owner_who_acts(customer, by)
    offer = OwnershipOffer.objects.select_related("successor__person").filter(customer=customer).first()
    if offer is None:
        nothing_done()
        return
    offer.delete()
    _record(offer.successor, by=by, customer=customer, before={"until": offer.ends_at.isoformat()}, after={})


@deed("accept_ownership")
def accept_ownership(*, by: Actor) -> Membership:
    """Become the owner of the customer in scope, as its owner offered; whoever was it is an administrator from now on.

    Raises:
        OfferOver: there is no open offer to ``by``.
    """
    customer = _locked_customer()
    people = _locked_people(customer)
    offer = open_ownership_offer(customer.pk)
    row = people.get(offer.successor_id) if offer is not None else None
    if offer is None or row is None or not _acts(row, by) or row.state != MembershipState.ACTIVE:
        raise OfferOver
    former = next((one for one in people.values() if one.role == Role.OWNER), None)
    if former is None:
        raise OfferOver
    before, row.role, former.role = row.role, Role.OWNER, Role.ADMINISTRATOR
    former.save(update_fields=["role"])  # first: a customer never has two
    row.save(update_fields=["role"])
    offer.delete()
    # What staff propose is about an owner who is gone: this one came, and was somebody else.
    OwnerRecovery.objects.filter(customer=customer).delete()
    _mail(former, "ownership_accepted", customer, {"successor": row.person.name})
    _record(row, by=by, customer=customer, before={"role": before}, after={"role": row.role, "former": former.ref})
    return row


def _locked_customer() -> Customer:
    return Customer.objects.select_for_update().get()


def _locked_people(customer: Customer) -> dict[int, Membership]:
    """Give all people as they are, to the end of the transaction: nobody is deactivated while becoming the owner."""
    rows = Membership.objects.select_for_update(of=("self",)).select_related("person").filter(customer=customer)
    return {row.pk: row for row in rows.order_by("pk")}


def _owner_who_acts(customer: Customer, by: Actor) -> Membership:
    owner = Membership.objects.select_related("person").filter(customer=customer, role=Role.OWNER).first()
    if owner is None or owner.state != MembershipState.ACTIVE or not _acts(owner, by):
        raise NotOwner
    return owner


def _acts(row: Membership, by: Actor) -> bool:
    return by.kind == ActorKind.PERSON and by.ref == row.person.ref


def _mail(row: Membership, template: str, customer: Customer, context: dict[str, object]) -> None:
    mail_from_vendor(
        template=template,
        recipient=row.person.mail,
        recipient_name=row.person.name,
        language=row.person.language,
        customer_ref=customer.ref,
        context={"customer": customer.name} | context,
    )


def _record(row: Membership, *, by: Actor, customer: Customer, before: dict[str, str], after: dict[str, str]) -> None:
    write_record(
        by=by,
        customer_ref=customer.ref,
        subject=("membership", row.ref),
        before=before,
        after=after,
        personal={"mail": row.person.mail, "name": row.person.name},
    )
