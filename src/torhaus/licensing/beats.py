"""How many heartbeats a minute floating licences ask for, when everybody who may use the product does."""

from dataclasses import dataclass

from django_scopes import scopes_disabled

from torhaus.licensing.grants import Policy, read_grants
from torhaus.licensing.models import Licence, LicenceModel


@dataclass(frozen=True)
class Beating:
    """A floating licence and how many heartbeats a minute come with its one token."""

    contract: str
    product: str
    a_minute: int


def heartbeats_a_minute(policy: Policy, leases: int) -> int:
    """Give how many heartbeats a minute all places of a floating licence make; ``leases`` are those taken now.

    A place beats when half of its lease is over. Where no limit is agreed, it is those that are taken.
    """
    places = max(policy.ceiling(policy.max_leases) or 0, leases)
    return -(-places * 60 // max(1, policy.lease_seconds // 2))


def beating_more_than_across_customers(limit: int) -> list[Beating]:
    """Give the floating licences whose token would make more than ``limit`` requests a minute, the busiest first."""
    with scopes_disabled():
        rows = Licence.objects.filter(grants__contains=f'"model":"{LicenceModel.FLOATING}"')
        found = [(read_grants(grants), leases) for grants, leases in rows.values_list("grants", "leases").iterator()]
    beating = [Beating(one.contract, one.product, heartbeats_a_minute(one.policy, leases)) for one, leases in found]
    return sorted((one for one in beating if one.a_minute > limit), key=lambda one: -one.a_minute)
