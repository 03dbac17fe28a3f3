"""Who hears of thresholds of usage: the owner, and whoever of those who read the account status chose to (B99)."""

from django_scopes import scopes_disabled

from torhaus.organisations.models import Membership, MembershipState, Role
from torhaus.records.deeds import Actor, deed, nothing_done, write_record

# The roles that read the account status; a test holds them against the table of rights.
READERS = (Role.OWNER, Role.ADMINISTRATOR, Role.AUDITOR)


class NoReader(Exception):
    """Nobody of this customer's who may read the account status."""


def account_readers_across_customers(customer_id: int) -> list[Membership]:
    """Give who of a customer's people can come in and read the account status, whether they get notices or not."""
    with scopes_disabled():
        rows = Membership.objects.select_related("person").filter(customer_id=customer_id, role__in=READERS)
        return list(rows.filter(state=MembershipState.ACTIVE, person__is_active=True).order_by("pk"))


@deed("choose_usage_notices")
def choose_usage_notices(*, customer_id: int, person_id: int | None, wanted: bool, by: Actor) -> Membership:
    """Let a person of the customer in scope get mails about thresholds of usage from now on, or no more.

    Raises:
        NoReader: the person is nobody of this customer's, or may not read the account status.
    """
    rows = Membership.objects.select_for_update(of=("self",)).select_related("person", "customer")
    row = rows.filter(customer_id=customer_id, person_id=person_id, state=MembershipState.ACTIVE).first()
    if row is None or row.role not in READERS:
        raise NoReader
    before = row.gets_usage_notices
    if row.usage_notices == wanted:
        nothing_done()
        return row
    row.usage_notices = wanted
    row.save(update_fields=["usage_notices"])
    write_record(
        by=by,
        customer_ref=row.customer.ref,
        subject=("membership", row.ref),
        before={"usage_notices": before},
        after={"usage_notices": wanted},
        personal={"mail": row.person.mail, "name": row.shown_name},
    )
    return row
