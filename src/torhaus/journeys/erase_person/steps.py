"""What an erasure does, step by step, as data: shown before, done in this order, and described in docs/personal-data.md."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.db.models import Count, Q, QuerySet, TextField, Value
from django.utils.translation import gettext_lazy as _
from django_scopes import scopes_disabled

from torhaus.accounts.models import LoginCode, MailChange, OpenSession, PasswordReset, User
from torhaus.billing.models import BillingAccount
from torhaus.journeys.erase_person.person import Person
from torhaus.licensing.models import TokenReset
from torhaus.notices.forget_recipient import mails_about_across_customers, mails_to_across_customers
from torhaus.organisations.models import Contact, Membership, OwnerRecovery
from torhaus.records.personal import values_across_customers
from torhaus.releases.models import ReleaseSubscription
from torhaus.seats.forget_holder import seats_held_across_customers
from torhaus.seats.refused_reminders import refusals_across_customers
from torhaus.subscriptions.models import BookingRequest, EducationRequest
from torhaus.support.forget_author import written_across_customers
from torhaus.support.models import Ticket
from torhaus.usage.models import ReportRecipient

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Rows = QuerySet[Any]


class Treatment(StrEnum):
    """What becomes of something that is stored of a person."""

    ERASED = "erased"
    PSEUDONYMISED = "pseudonymised"
    KEPT = "kept"


@dataclass(frozen=True)
class Step:
    """Something stored of a person, and what becomes of it.

    ``settled`` counts are compared with those that were shown before anything is done; the others change by looking,
    as records do.
    """

    key: str
    treatment: Treatment
    label: "_StrPromise"
    says: "_StrPromise"
    settled: bool = True


@dataclass(frozen=True)
class Line:
    """A step as it is shown for one person."""

    step: Step
    count: int


@dataclass(frozen=True)
class Plan:
    """What an erasure would do now. ``seen`` tells one plan from another: what is done is what was shown."""

    person: Person
    lines: tuple[Line, ...]

    @property
    def seen(self) -> str:
        """A digest of the address and all settled counts."""
        said = [f"{one.step.key}={one.count}" for one in self.lines if one.step.settled]
        return hashlib.sha256("\n".join([self.person.mail, *said]).encode()).hexdigest()[:32]

    @property
    def letters(self) -> int:
        """How many texts in tickets there are, which are kept unless staff say that nobody has to keep them."""
        return sum(one.count for one in self.lines if one.step.key == "letters")

    @property
    def empty(self) -> bool:
        """Whether nothing is stored of this person but what always waits with the request itself."""
        return not any(one.count for one in self.lines if one.step.settled)


def plan_across_customers(person: Person) -> Plan:
    """Count what is stored of a person, in all customers."""
    with scopes_disabled():
        rows = {step.key: rows_across_customers(step.key, person) for step in STEPS if step.key not in COUNTED}
        found = _counts(rows) | {key: count(person) for key, count in COUNTED.items()}
    return Plan(person, tuple(Line(step, found.get(step.key, 0)) for step in STEPS))


def _counts(rows: dict[str, list[Rows]]) -> dict[str, int]:
    """Give how many rows there are of each key, in one query."""
    asked = [
        one.order_by()
        .annotate(step=Value(key, TextField()))
        .values("step")
        .annotate(n=Count("pk"))
        .values_list("step", "n")
        for key, found in rows.items()
        for one in found
    ]
    counts: dict[str, int] = {}
    for key, n in asked[0].union(*asked[1:], all=True):
        counts[key] = counts.get(key, 0) + n
    return counts


def rows_across_customers(key: str, person: Person) -> list[Rows]:
    """Give the rows that a step is about."""
    user, mail = person.user, person.mail
    of_user: dict[str, list[tuple[Any, str]]] = {
        "account": [(User, "pk")],
        "sign_in": [(model, "user") for model in (Authenticator, OpenSession, PasswordReset, LoginCode, MailChange)],
        "memberships": [(Membership, "person")],
        "requests": [(BookingRequest, "asked_by")],
        "education": [(EducationRequest, "asked_by")],
    }
    of_mail: dict[str, list[Any]] = {
        "contacts": [Contact],
        "subscriptions": [ReleaseSubscription, ReportRecipient],
        "links": [TokenReset, OwnerRecovery],
        "billing": [BillingAccount],
    }
    with scopes_disabled():
        if key in of_user:
            return [model.objects.filter(**{name: user.pk}) for model, name in of_user[key]] if user else []
        if key in of_mail:
            rows = [model.objects.filter(mail__iexact=mail) for model in of_mail[key]]
            if key == "subscriptions":
                return [*rows, refusals_across_customers(mail)]
            # A used one of somebody else is their trace of an address they had before: it goes with them.
            asked_by_others = MailChange.objects.filter(mail=mail, used_at=None).exclude(user=user)
            return [*rows, asked_by_others] if key == "links" else rows
        written = written_across_customers(mail, user)
        asked = Ticket.objects.filter(Q(mail__iexact=mail) | Q(pk__in=written.values("ticket_id")))
        found: dict[str, Rows] = {
            "mails": mails_to_across_customers(mail),
            "seats": seats_held_across_customers(mail),
            "tickets": asked,
            "letters": written,
        }
        return [found[key]]


COUNTED: dict[str, Callable[[Person], int]] = {
    "records": lambda person: len(values_across_customers(person.whose)),
    "mentions": lambda person: sum(1 for _one in mails_about_across_customers(person.mentioned, but=person.mail)),
}
ERASED, PSEUDONYMISED, KEPT = Treatment.ERASED, Treatment.PSEUDONYMISED, Treatment.KEPT
STEPS: tuple[Step, ...] = (
    Step(
        "account",
        ERASED,
        _("Account"),
        _("Name, address, password and language. Nobody signs in with them any more; an invitation begins anew."),
    ),
    Step(
        "sign_in",
        ERASED,
        _("Ways to sign in"),
        _("Passkeys, authenticator app, recovery codes, sessions, codes and links. Every session ends at once."),
        settled=False,
    ),
    Step(
        "memberships",
        ERASED,
        _("Memberships and invitations"),
        _("Access to every organisation ends."),
    ),
    Step(
        "contacts",
        ERASED,
        _("Contacts"),
        _(
            "Name, address and telephone number. Where it is the only contact, mails reach nobody until there is another."
        ),
    ),
    Step(
        "subscriptions",
        ERASED,
        _("Mails about versions and usage"),
        _(
            "Subscriptions and recipients of usage reports, confirmed or not, and that somebody wanted no more reminders "
            "of seats."
        ),
    ),
    Step(
        "links",
        ERASED,
        _("Open links and proposals"),
        _("Links for a lost licence token, and proposals to make this address an owner."),
    ),
    Step(
        "billing",
        ERASED,
        _("Address for invoices"),
        _("The organisation’s invoices go to nobody by mail until another address is entered."),
    ),
    Step(
        "mails",
        ERASED,
        _("Mails to this address"),
        _("The whole mail goes, sent or not. What waits is not sent any more."),
        settled=False,
    ),
    Step(
        "records",
        ERASED,
        _("Names and addresses in the audit records"),
        _("The records stay without them, and their chain stays whole."),
        settled=False,
    ),
    Step(
        "mentions",
        PSEUDONYMISED,
        _("Mails to others that mention name or address"),
        _("Name and address are replaced in them. A name that somebody else there bears, too, stays."),
        settled=False,
    ),
    Step(
        "seats",
        PSEUDONYMISED,
        _("Seats"),
        _(
            "They stay taken and keep what they own, without name and address; links to confirm them end, and the "
            "products hear of it. The organisation gives them to somebody else or releases them."
        ),
    ),
    Step(
        "requests",
        PSEUDONYMISED,
        _("Requests for more licences"),
        _("They stay with the contract, without who asked."),
    ),
    Step(
        "education",
        PSEUDONYMISED,
        _("Requests for education terms"),
        _("Statement, proof and who asked go; what was granted stays granted, what is open is withdrawn."),
    ),
    Step(
        "tickets",
        PSEUDONYMISED,
        _("Tickets"),
        _("Name and address of who asked and wrote. Answers reach this address no more."),
    ),
    Step(
        "letters",
        KEPT,
        _("Texts and files in tickets"),
        _(
            "Kept where they may be business letters: six years from the end of their year (§ 257 HGB, § 147 AO), then "
            "deleted by themselves."
        ),
    ),
)
