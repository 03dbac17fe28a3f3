"""The places of a licence for installations: taken and freed by one conditional update of the licence's row.

Order of locks, so that nothing waits in a circle: contract → licence → installation → lease. Deeds on installations
begin at the contract, leases at the licence; who only extends a lease locks that one row and nothing after it. Rows
are locked ``FOR NO KEY UPDATE``: keys that point to them are checked at the commit of others, who must not wait.
"""

from django.db.models import F, Q
from django_scopes import scopes_disabled

from torhaus.licensing.grants import Policy
from torhaus.licensing.models import Installation, Licence
from torhaus.records.deeds import part


@part
def take_installation_place(*, licence_id: int, policy: Policy) -> bool:
    """Count one more installation of a licence, unless its policy's ceiling is reached."""
    ceiling = policy.ceiling(policy.max_installations)
    free = Q() if ceiling is None else Q(installations__lt=ceiling)
    with scopes_disabled():
        # Whether one is free is asked of the row as it stands when it is locked, never of one read before.
        taken = Licence.objects.filter(free, pk=licence_id).update(
            installations=F("installations") + 1, installations_ceiling=ceiling
        )
    return taken == 1


@part
def free_installation_place(*, licence_id: int) -> None:
    """Count one installation less."""
    with scopes_disabled():
        Licence.objects.filter(pk=licence_id, installations__gt=0).update(installations=F("installations") - 1)


@part
def lock_licence(*, licence_id: int) -> Licence:
    """Lock a licence's row and give it as it stands now. The caller has locked its contract."""
    with scopes_disabled():
        return Licence.objects.select_for_update(of=("self",), no_key=True).get(pk=licence_id)


def places_left_for_tests(licence_id: int, policy: Policy) -> int:
    """Give how many more test installations take no place, below 0 where fewer are allowed by now. In the scope."""
    running = Installation.objects.filter(licence_id=licence_id, removed_at__isnull=True, counts=False)
    return policy.test_installations - running.count()
