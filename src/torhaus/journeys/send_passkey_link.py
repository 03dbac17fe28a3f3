"""The deed ``send_passkey_link``: where passkeys alone let people in, who has none is sent a link to add one."""

from django.conf import settings
from django.urls import reverse

from torhaus.core.link_codes import mark_of
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.organisations.members import NotComeIn, OwnerStays, UnknownMember
from torhaus.organisations.models import Membership, MembershipState, Role
from torhaus.organisations.passkey_links import by_passkey_only, renew_passkey_link
from torhaus.records.deeds import Actor, deed, part, write_record


class LinkNotNeeded(Exception):
    """The customer lets people in by other ways, too: who came in by one of them adds a passkey without a link."""


@deed("send_passkey_link")
def send_passkey_link(*, member_ref: str, by: Actor) -> Membership:
    """Mail a person of the customer in scope a link to add a passkey; the one before works no more.

    Raises:
        UnknownMember: there is no such person.
        OwnerStays: the person is the owner, whom nobody else's permission concerns (B90).
        NotComeIn: the person was invited and has not come in, or is deactivated.
        LinkNotNeeded: passkeys are not the only way in.
    """
    rows = Membership.objects.select_for_update(of=("self",)).select_related("person", "customer__security")
    row = rows.filter(ref=member_ref).first()
    if row is None:
        raise UnknownMember
    if row.role == Role.OWNER:
        raise OwnerStays
    if row.state != MembershipState.ACTIVE or not row.person.is_active:
        raise NotComeIn
    if not by_passkey_only(row):
        raise LinkNotNeeded
    renew_passkey_link(row)
    row.save(update_fields=["passkey_link", "passkey_link_ends_at"])
    _mail(row)
    write_record(
        by=by,
        customer_ref=row.customer.ref,
        subject=("membership", row.ref),
        personal={"mail": row.person.mail, "name": row.shown_name},
    )
    return row


@part
def _mail(row: Membership) -> None:
    path = reverse("web:open_passkey_link", args=[row.passkey_link, "-code-"])
    mail_from_vendor(
        template="passkey_link",
        recipient=row.person.mail,
        recipient_name=row.shown_name,
        language=row.person.language,
        customer_ref=row.customer.ref,
        context={
            "customer": row.customer.name,
            "link": settings.OPTIONS.public_url.rstrip("/") + path.replace("-code-", mark_of(row.passkey_link)),
            "until": row.passkey_link_ends_at,
        },
    )
