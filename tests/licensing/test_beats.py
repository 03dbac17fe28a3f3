"""Whether the limit of a token carries the heartbeats of a floating licence."""

import pytest
from django_scopes import scope

from tests.licensing import places
from torhaus.licensing.beats import Beating, beating_more_than_across_customers, heartbeats_a_minute
from torhaus.licensing.grants import Policy
from torhaus.licensing.kept import kept_licence


@pytest.mark.parametrize(
    ("fields", "leases", "a_minute"),
    [
        ({"max_leases": 20, "lease_seconds": 900}, 3, 3),
        ({"max_leases": 1000, "lease_seconds": 600}, 0, 200),
        ({"max_leases": 100, "lease_seconds": 60, "overage": "percent", "overage_percent": 10}, 0, 220),
        ({"max_leases": None, "lease_seconds": 600}, 50, 10),
        ({"max_leases": 10, "lease_seconds": 60, "overage": "report"}, 90, 180),
        ({"max_leases": 0, "lease_seconds": 60}, 0, 0),
    ],
)
def test_each_place_beats_when_half_of_its_lease_is_over(fields, leases, a_minute):
    assert heartbeats_a_minute(Policy(model="floating", **fields), leases) == a_minute


@pytest.mark.django_db
def test_licences_that_beat_more_than_a_token_may_are_found():
    busy = places.contract("V-1", model="floating", max_leases=200, lease_seconds=60)
    for of in (busy, places.contract("V-2", model="floating", max_leases=20), places.contract("V-3")):
        with scope(customer=of.customer_id, customer_ref=of.customer.ref):
            kept_licence(of, of.product)
    assert beating_more_than_across_customers(120) == [Beating("V-1", "acme", 400)]
    assert beating_more_than_across_customers(400) == []
