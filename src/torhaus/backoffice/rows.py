"""What the rows of staff tables show, worked out before a template sees it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from torhaus.backoffice.choices import ACTORS, DEEDS
from torhaus.billing.models import Invoice
from torhaus.billing.rules import shown_state
from torhaus.core import clock
from torhaus.frame.words import CONTRACT_KINDS, CONTRACT_LOOKS, INVOICE_LOOKS, MEMBERSHIP_LOOKS, Look
from torhaus.licensing.models import LicenceToken, OfflineLicence
from torhaus.licensing.offline_licences import works
from torhaus.licensing.search import TokenState, token_state
from torhaus.organisations.models import Membership, MembershipState
from torhaus.records.models import ActorKind, Record
from torhaus.subscriptions.models import Contract, ContractKind
from torhaus.subscriptions.queries import agreement_of
from torhaus.subscriptions.rules import Standing, standing


@dataclass(frozen=True)
class ContractRow:
    """A contract with what follows from it today."""

    contract: Contract
    kind: str
    standing: Standing
    status: Look


@dataclass(frozen=True)
class TokenRow:
    """A token as staff see it: its label, never its secret."""

    token: LicenceToken
    label: str
    state: Look
    works: bool


@dataclass(frozen=True)
class LicenceRow:
    """An issued offline licence, without its text."""

    row: OfflineLicence
    state: Look


@dataclass(frozen=True)
class InvoiceRow:
    """An invoice with how it stands today."""

    invoice: Invoice
    state: Look


@dataclass(frozen=True)
class RecordRow:
    """A record in words."""

    record: Record
    deed: str
    actor: str
    about: str


def contract_row(contract: Contract, zone: str) -> ContractRow:
    """Give a contract as it stands today in the vendor's time zone."""
    stands = standing(agreement_of(contract), clock.today(zone))
    return ContractRow(
        contract, str(CONTRACT_KINDS[ContractKind(contract.kind)]), stands, CONTRACT_LOOKS[stands.status]
    )


def token_row(token: LicenceToken) -> TokenRow:
    """Give a token as it stands now."""
    looks = {
        TokenState.LIVE: Look("ok", "check", _("Works")),
        TokenState.ENDING: Look("warn", "clock", _("Works until its end")),
        TokenState.ENDED: Look("", "circle-off", _("Replaced")),
        TokenState.REVOKED: Look("bad", "ban", _("Revoked")),
    }
    state = token_state(token, clock.now())
    works = state in {TokenState.LIVE, TokenState.ENDING}
    return TokenRow(token, str(token), looks[state], works)


def licence_row(row: OfflineLicence, trusted: set[str]) -> LicenceRow:
    """Give an offline licence as it stands now."""
    if works(row, trusted, clock.now()):
        return LicenceRow(row, Look("ok", "check", _("Valid")))
    return LicenceRow(row, Look("", "circle-x", _("No longer valid")))


def invoice_row(invoice: Invoice, zone: str) -> InvoiceRow:
    """Give an invoice as it stands today in the vendor's time zone."""
    return InvoiceRow(invoice, INVOICE_LOOKS[shown_state(invoice.state, invoice.due_on, clock.today(zone))])


@dataclass(frozen=True)
class OwnerRow:
    """A customer's owner and how far they have come."""

    row: Membership
    look: Look
    came_in: bool


def owner_row(row: Membership | None) -> OwnerRow | None:
    """Give the owner of a customer as a staff page shows them."""
    if row is None:
        return None
    state = MembershipState(row.state)
    return OwnerRow(row, MEMBERSHIP_LOOKS[state], state is not MembershipState.INITIATED)


def record_row(record: Record, name: str) -> RecordRow:
    """Give a record in words; staff and customers' people are named, and a deed without a word of its own is shown by its name."""
    about: Any = record.after.get("contract") or record.after.get("invoice") or record.after.get("number") or ""
    kind = ActorKind(record.actor_kind)
    return RecordRow(
        record=record,
        deed=str(DEEDS.get(record.deed, record.deed)),
        actor=name if name and kind in (ActorKind.STAFF, ActorKind.PERSON) else str(ACTORS[kind]),
        about=str(about),
    )
