"""The demo's people of a customer: they sign in by name, and were invited and came in like anybody."""

from collections.abc import Iterator
from dataclasses import dataclass

from torhaus.accounts.reset_links import newest_password_reset
from torhaus.console.words import CONSOLE
from torhaus.core.random import password as random_password
from torhaus.journeys.invite_member import invite_member
from torhaus.journeys.invite_owner import accept_invitation, invite_owner
from torhaus.journeys.reset_password import reset_password, send_password_reset
from torhaus.organisations.models import Membership, Role
from torhaus.organisations.people import membership_by_mail_across_customers
from torhaus.subscriptions.queries import contract_numbered_across_customers

CONTRACT = "V-10502-2"


@dataclass(frozen=True)
class DemoPerson:
    """Somebody of the customer's; who is ``waiting`` was invited and has not come in."""

    name: str
    mail: str
    role: Role
    waiting: bool = False


PEOPLE = (
    DemoPerson("Mara Lindqvist", "mara.lindqvist@weidenfels.example", Role.OWNER),
    DemoPerson("Jonas Weber", "jonas.weber@weidenfels.example", Role.ADMINISTRATOR),
    DemoPerson("Wiebke Claußen", "wiebke.claussen@weidenfels.example", Role.BILLING),
    DemoPerson("Dr. Ilse Kant", "kant@kanzlei-kant.example", Role.AUDITOR, waiting=True),
)


def load_demo_people(known: dict[str, str]) -> Iterator[tuple[DemoPerson, str]]:
    """Give who can sign in, with the password: the one of ``known`` (by mail) if it is kept, else a new one."""
    contract = contract_numbered_across_customers(CONTRACT)
    if contract is None:
        return
    for one in PEOPLE:
        row = membership_by_mail_across_customers(contract.customer_id, one.mail)
        if row is None:
            password = _let_in(_invite(contract.customer.ref, one), one)
        else:
            password = "" if one.waiting else known.get(one.mail) or _renew(one)
        if password:
            yield one, password


def _invite(customer_ref: str, one: DemoPerson) -> Membership:
    if one.role == Role.OWNER:
        return invite_owner(customer_ref=customer_ref, name=one.name, mail=one.mail, by=CONSOLE)
    return invite_member(customer_ref=customer_ref, name=one.name, mail=one.mail, role=one.role, by=CONSOLE)


def _let_in(row: Membership, one: DemoPerson) -> str:
    if one.waiting:
        return ""
    password = random_password()
    accept_invitation(invitation=row.invitation, name=one.name, password=password, by=CONSOLE)
    return password


def _renew(one: DemoPerson) -> str:
    """Set another password by a link, as who forgot it does; none if the mailbox had enough links for now."""
    password = random_password()
    if not send_password_reset(mail=one.mail, by=CONSOLE):
        return ""
    reset_password(reset_ref=newest_password_reset(one.mail), password=password, by=CONSOLE)
    return password
