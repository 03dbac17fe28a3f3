"""What is stored of a person, as that person takes it along (R64; GDPR Art. 15 and 20).

Only what is about the person or was written by them goes out. Other people's names are left out wherever they stand
beside it: of deeds the other side, of mails the text, of tickets what others wrote.
"""

from datetime import date, datetime
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django_scopes import scopes_disabled

from torhaus.accounts.mail_changes import former_addresses
from torhaus.accounts.models import ErasureRequest, MailChange, OpenSession, User
from torhaus.accounts.second_factors import factors_of
from torhaus.billing.models import BillingAccount
from torhaus.core import clock
from torhaus.licensing.models import TokenReset
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact, Customer, Membership, OwnerRecovery
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.records.models import PersonalValue, Record
from torhaus.releases.models import ReleaseSubscription
from torhaus.seats.models import Seat
from torhaus.seats.refused_reminders import refusals_across_customers
from torhaus.subscriptions.models import BookingRequest, EducationRequest
from torhaus.support.models import Attachment, AuthorKind, Message
from torhaus.usage.models import ReportRecipient

FORMAT = 1
Values = dict[str, Any]


@deed("export_personal_data")
def export_personal_data(*, user: User | None, mail: str = "", customer_ref: str, by: Actor) -> Values:
    """Give what is stored of ``user`` in all customers, as values of JSON; instants are RFC 3339, in UTC.

    Of somebody without an account it is what bears the address ``mail``.
    """
    subject = ("user", user.ref) if user else ("person", "")
    write_record(by=by, customer_ref=customer_ref, subject=subject, personal={} if user else {"mail": mail})
    return personal_data_across_customers(user, mail)


def personal_data_across_customers(user: User | None, mail: str = "") -> Values:
    """Give what is stored of a person, by kind. Whose mail address is the same in another spelling is the same person."""
    mail = user.mail if user else mail.strip().lower()
    acted = Q(actor_ref=user.ref) if user else Q(pk__in=[])
    done = Q(subject_kind="user", subject_ref=user.ref) & ~acted if user else Q(pk__in=[])
    with scopes_disabled():
        return {
            "format": FORMAT,
            "made_at": _plain(clock.now()),
            "person": _person(user) if user else None,
            "sign_in": _sign_in(user) if user else None,
            "memberships": _memberships(user) if user else [],
            "mail_changes": _mail_changes(user) if user else [],
            "contacts": _contacts(mail),
            "addresses_for_invoices": _billing(mail),
            "links_for_a_lost_token": _token_resets(mail),
            "proposals_to_own_an_account": _recoveries(mail),
            "seats": _seats(mail),
            "reminders_of_seats_you_refused": _refusals(mail),
            "ticket_messages": _messages(user, mail),
            "booking_requests": _requests(user) if user else [],
            "education_requests": _education(user) if user else [],
            "erasure_requests": _erasures(user, mail),
            "mails_you_subscribed_to": _subscriptions(mail),
            "mails_to_you": _mails(mail),
            "what_you_did": _deeds(acted, with_address=True),
            "what_was_done_about_you": _deeds(done),
        }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def _rows(rows: Any, **fields: str) -> list[Values]:
    """Give rows with the named fields, each under its name here."""
    return [{name: _plain(row[path]) for name, path in fields.items()} for row in rows.values(*set(fields.values()))]


def _person(user: User) -> Values:
    return {
        "id": user.ref,
        "name": user.name,
        "mail": user.mail,
        "language": user.language,
        "staff_role": user.staff_role,
        "joined_at": _plain(user.joined_at),
        "last_login": _plain(user.last_login),
        "active": user.is_active,
    }


def _sign_in(user: User) -> Values:
    factors = factors_of(user)
    sessions = OpenSession.objects.filter(user=user).order_by("began_at")
    passkeys = [
        {"name": one.name, "added_at": _plain(one.added_at), "used_at": _plain(one.used_at)} for one in factors.passkeys
    ]
    return {
        "authenticator_app_since": _plain(factors.totp_since),
        "passkeys": passkeys,
        "recovery_codes_left": factors.codes_left,
        "former_addresses": former_addresses(user),
        "sessions": _rows(
            sessions, began_at="began_at", seen_at="seen_at", address="address", device="agent", factor="factor"
        ),
    }


def _memberships(user: User) -> list[Values]:
    return _rows(
        Membership.objects.filter(person=user).order_by("pk"),
        customer="customer__name",
        customer_number="customer__number",
        role="role",
        state="state",
        invited_at="invited_at",
        invited_as="invited_name",
        usage_notices="usage_notices",
    )


def _mail_changes(user: User) -> list[Values]:
    waiting = MailChange.objects.filter(user=user, used_at=None).order_by("pk")
    return _rows(waiting, mail="mail", asked_at="asked_at", expires_at="expires_at")


def _billing(mail: str) -> list[Values]:
    rows = BillingAccount.objects.filter(mail__iexact=mail).order_by("pk")
    return _rows(rows, customer_number="customer__number", mail="mail")


def _token_resets(mail: str) -> list[Values]:
    rows = TokenReset.objects.filter(mail__iexact=mail).order_by("pk")
    return _rows(
        rows, contract="contract__number", mail="mail", asked_at="asked_at", expires_at="expires_at", used_at="used_at"
    )


def _recoveries(mail: str) -> list[Values]:
    # The reason is about the owner who is gone.
    rows = OwnerRecovery.objects.filter(mail__iexact=mail).order_by("pk")
    return _rows(
        rows, customer_number="customer__number", name="name", mail="mail", proposed_at="proposed_at", ends_at="ends_at"
    )


def _contacts(mail: str) -> list[Values]:
    return _rows(
        Contact.objects.filter(mail__iexact=mail).order_by("pk"),
        customer_number="customer__number",
        role="role",
        name="name",
        mail="mail",
        phone="phone",
        language="language",
    )


def _seats(mail: str) -> list[Values]:
    return _rows(
        Seat.objects.filter(mail__iexact=mail).order_by("pk"),
        id="ref",
        contract="contract__number",
        kind="kind__key",
        name="name",
        mail="mail",
        organisation="organisation",
        state="state",
        assigned_at="assigned_at",
        ends_on="ends_on",
        last_seen_at="last_seen_at",
        released_at="released_at",
        reminded_at="reminded_at",
        wants_reminders="wants_reminders",
        second_factor="second_factor",
        owned_bytes="owned_bytes",
        invited_bytes="invited_bytes",
    )


def _refusals(mail: str) -> list[Values]:
    rows = refusals_across_customers(mail).order_by("pk")
    return _rows(rows, customer="customer__name", refused_at="refused_at")


def _messages(user: User | None, mail: str) -> list[Values]:
    # A note among the staff is by its author, but about somebody else's ticket.
    mine = Q(author__isnull=True, author_mail__iexact=mail, author_kind=AuthorKind.CUSTOMER)
    mine = mine | Q(author=user) if user else mine
    rows = Message.objects.filter(mine, internal=False).order_by("pk")
    files: dict[int, list[str]] = {}
    for pk, name in Attachment.objects.filter(message__in=rows).order_by("pk").values_list("message_id", "name"):
        files.setdefault(pk, []).append(name)
    found = _rows(rows, row="pk", ticket="ticket__number", written_at="written_at", channel="channel", text="body")
    return [{"files": files.get(one.pop("row"), []), **one} for one in found]


def _requests(user: User) -> list[Values]:
    return _rows(
        BookingRequest.objects.filter(asked_by=user).order_by("pk"),
        contract="contract__number",
        item="item__key",
        total="total",
        country="country",
        asked_at="asked_at",
        state="state",
        decided_at="decided_at",
    )


def _education(user: User) -> list[Values]:
    return _rows(
        EducationRequest.objects.filter(asked_by=user).order_by("pk"),
        contract="contract__number",
        group="category__key",
        institution="institution",
        statement="statement",
        proof="proof_name",
        asked_at="asked_at",
        state="state",
        decided_at="decided_at",
        reason="reason",
        percent="percent",
        starts_on="starts_on",
        ends_on="ends_on",
    )


def _erasures(user: User | None, mail: str) -> list[Values]:
    theirs = Q(mail=mail) | Q(person=user) if user else Q(mail=mail)
    rows = ErasureRequest.objects.filter(theirs).order_by("pk")
    return _rows(rows, asked_at="asked_at", due_on="due_on", state="state", decided_at="decided_at")


def _subscriptions(mail: str) -> list[Values]:
    releases = _rows(
        ReleaseSubscription.objects.filter(mail__iexact=mail).order_by("pk"),
        contract="contract__number",
        language="language",
        asked_at="asked_at",
        confirmed_at="confirmed_at",
        ended_at="ended_at",
    )
    reports = _rows(
        ReportRecipient.objects.filter(mail__iexact=mail).order_by("pk"),
        contract="contract__number",
        language="language",
        asked_at="asked_at",
        confirmed_at="confirmed_at",
    )
    return [{"about": "releases", **one} for one in releases] + [{"about": "usage", **one} for one in reports]


def _mails(mail: str) -> list[Values]:
    # What they say may name others; who got them has them.
    return _rows(
        Mail.objects.filter(recipient__iexact=mail).order_by("pk"),
        kind="template",
        language="language",
        state="state",
        written_at="written_at",
        sent_at="sent_at",
    )


def _deeds(which: Q, *, with_address: bool = False) -> list[Values]:
    """Give deeds; ``with_address`` from which address of a client, for those that are the person's own."""
    numbers = dict(Customer.objects.values_list("ref", "number"))
    own = PersonalValue.objects.filter(record=OuterRef("pk"), field="actor_address").values("value")
    rows = Record.objects.filter(which).order_by("pk").annotate(address=Subquery(own))
    columns = rows.values_list("at", "deed", "customer_ref", "address")
    return [
        {"at": _plain(at), "what": name, "customer_number": numbers.get(ref, "")}
        | ({"address": address or ""} if with_address else {})
        for at, name, ref, address in columns.iterator()
    ]
