"""Which roles a viewer may give to others: none that may something which the viewer may not."""

from django.http import HttpRequest

from torhaus.frame.access import viewer_of
from torhaus.frame.rights import customer_rights
from torhaus.frame.viewers import known_vendor
from torhaus.organisations.models import Role


def roles_to_give(request: HttpRequest) -> frozenset[Role]:
    """Give the roles; nobody becomes owner by being invited or changed (B90)."""
    vendor, mine = known_vendor(request), viewer_of(request).rights
    given = {
        role: customer_rights(
            role, billing_access=vendor.billing_access, token_sees_invoices=vendor.token_sees_invoices
        )
        for role in Role
        if role != Role.OWNER
    }
    return frozenset(role for role, rights in given.items() if rights <= mine)
