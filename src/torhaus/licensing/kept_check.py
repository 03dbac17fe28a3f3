"""Whether kept rows of licences say what would be derived now; and the way to have all derived anew."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.licensing.kept import derive, is_fresh, usage_text
from torhaus.licensing.models import Licence
from torhaus.records.deeds import housekeeping
from torhaus.vendor.models import Vendor
from torhaus.vendor.queries import the_vendor

SAMPLE = 200
NEVER = -1


@dataclass(frozen=True)
class Sampled:
    """How many kept rows were looked at, and those (contract and product) that say something else than is derived."""

    looked_at: int
    wrong: list[str]


def sampled_licences_across_customers() -> Sampled:
    """Derive a sample of the kept licences that count as fresh, and compare."""
    with scopes_disabled():
        vendor, now = the_vendor(), clock.now()
        rows = Licence.objects.select_related("contract__product", "contract__customer", "product").order_by("pk")
        last = rows.aggregate(last=Max("pk"))["last"] or 0
        begin = secrets.randbelow(last + 1)
        found = list(rows.filter(pk__gte=begin)[:SAMPLE])
        found += rows.filter(pk__lt=begin)[: SAMPLE - len(found)]
        # What seems wrong is read once more: somebody may have changed it between reading and deriving.
        wrong = [one for one in found if _differs(one, vendor, now) and _still_differs(rows, one.pk)]
        return Sampled(len(found), [f"{one.contract.number} ({one.product.key})" for one in wrong])


def _differs(row: Licence, vendor: Vendor, now: datetime) -> bool:
    if not is_fresh(row, row.contract.revision, vendor.revision, now):
        return False
    grants, used, _ = derive(row.contract, row.product, vendor)
    return (row.grants, row.used) != (grants.text(), usage_text(used))


def _still_differs(rows: "QuerySet[Licence]", pk: int) -> bool:
    return _differs(rows.get(pk=pk), the_vendor(), clock.now())


@housekeeping
def forget_kept_licences() -> int:
    """Let each kept licence be derived anew at its next use; give how many there are."""
    with scopes_disabled():
        return Licence.objects.update(contract_revision=NEVER, vendor_revision=NEVER)
