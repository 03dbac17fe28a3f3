"""Every role, endpoint and method has an asserted verdict (R20): `verdicts.csv` is the whole table, read by people.

A route that is not in the table fails, and so does a line whose route is gone. Django admin's pages stand in it
once for all models, as ``admin:*_change`` and so on, and every model is tried.
"""

import csv
import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, include, path, reverse

from tests import people
from tests.doors import staff_client
from tests.routes import all_routes
from torhaus.core import clock
from torhaus.frame.rights import (
    CUSTOMER_RIGHTS,
    CUSTOMER_ROLES,
    PEOPLE_ROLES,
    STAFF_RIGHTS,
    STAFF_ROLES,
    customer_rights,
)
from torhaus.frame.viewers import CURRENT, UNLOCKED
from torhaus.organisations.models import Role
from torhaus_sdk.tokens import parse_token

TABLE = Path(__file__).with_name("verdicts.csv")
ROLES = ("stranger", *CUSTOMER_ROLES, *(f"staff_{role}" for role in STAFF_ROLES))
METHODS = ("GET", "POST")


def addresses(urlconf=None) -> dict[str, str]:
    """Every route by its name; what a parameter names does not exist, because the door comes before the search."""
    found = {}
    for route in all_routes(urlconf):
        try:
            found[route.name] = reverse(route.name, urlconf, kwargs=dict.fromkeys(route.parameters, "1"))
        except NoReverseMatch:
            continue  # admin's redirect of old addresses, which has no name
    return found


def verdict(response) -> str:
    """``in``: past the door. ``sign-in``: asked who it is. ``no``: refused. ``-``: no such method."""
    if response.status_code == 302 and response.url.split("?")[0] in ("/login/", "/staff/sign-in/"):
        return "sign-in"
    return {401: "sign-in", 403: "no", 405: "-"}.get(response.status_code, "in")


def clients() -> dict[str, callable]:
    """What makes a fresh client of each role."""
    people.vendor()
    contract = people.contract(people.customer())
    token = parse_token(people.token(contract))

    def customer() -> Client:
        client = Client()
        session = client.session
        session[UNLOCKED], session[CURRENT] = {contract.ref: token.public_id}, contract.ref
        session["started_at"] = session["seen_at"] = clock.now().timestamp()
        session.save()
        client.cookies["torhaus_session"] = session.session_key
        return client

    makers = {"stranger": Client, "token": customer}
    persons = {role: people.member(contract.customer, role).person for role in PEOPLE_ROLES}
    persons |= {f"staff_{role}": people.staff(role) for role in STAFF_ROLES}
    return makers | {role: (lambda user=user: staff_client(user)) for role, user in persons.items()}


def line_of(name: str) -> str:
    """The table's name of a route."""
    return re.sub(r"^admin:[a-z]+_[a-z]+_(?=changelist|add|history|delete|change)", "admin:*_", name)


def table() -> dict[tuple[str, str], dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["route"], row["method"]): row for row in csv.DictReader(file)}


def actual(role: str) -> dict[tuple[str, str], str]:
    make = clients()[role]
    found = {}
    for name, url in addresses().items():
        for method in METHODS:
            client = make()
            client.raise_request_exception = False
            said = verdict(client.generic(method, url))
            known = found.setdefault((line_of(name), method), said)
            assert known == said, f"{name}: not as admin's other models"
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)  # more than a thousand requests
@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_R20_every_endpoint_and_method_of_a_role_as_the_table_says(role):
    found = actual(role)
    assert found == {key: line[role] for key, line in table().items() if key in found}


def test_R20_every_route_has_a_verdict_of_every_role_and_every_verdict_a_route():
    routes = {(line_of(name), method) for name in addresses() for method in METHODS}
    expected = table()
    assert sorted(routes - set(expected)) == [], "routes without a verdict"
    assert sorted(set(expected) - routes) == [], "verdicts without a route"
    assert {tuple(line)[2:] for line in expected.values()} == {ROLES}


def test_R20_every_route_declares_who_may_enter():
    assert [route.name for route in all_routes() if route.access is None] == []


def test_R20_every_declared_right_exists_and_every_role_holds_only_rights_that_exist():
    for route in all_routes():
        rights = {
            "viewer": CUSTOMER_RIGHTS,
            "token": CUSTOMER_RIGHTS,
            "staff": {"": "", **STAFF_RIGHTS},
            "public": {"": ""},
            "person": {"": ""},
        }
        assert route.access.right in rights[route.access.audience], route.name
    assert set().union(*CUSTOMER_ROLES.values()) <= set(CUSTOMER_RIGHTS)
    assert set().union(*STAFF_ROLES.values()) <= set(STAFF_RIGHTS)


def test_B91_only_the_owner_and_where_the_vendor_says_so_billing_enter_billing_pages():
    for access, expected in (("owner", {"owner"}), ("owner_and_billing", {"owner", "billing"})):
        found = {
            role
            for role in PEOPLE_ROLES
            if "see_invoices" in customer_rights(role, billing_access=access, token_sees_invoices=True)
        }
        assert found == expected


def test_an_auditor_only_reads_and_an_unknown_role_may_nothing():
    assert {right for right in CUSTOMER_ROLES["auditor"] if not right.startswith("see_")} == set()
    assert customer_rights("emperor", billing_access="owner", token_sees_invoices=True) == frozenset()


def test_every_role_of_a_membership_stands_in_the_matrix():
    assert set(PEOPLE_ROLES) == set(Role.values)


def undeclared(request):
    return HttpResponse("")


urlpatterns = [path("forgotten/", undeclared, name="forgotten"), path("", include("torhaus.config.urls"))]


def test_R20_a_view_without_declaration_and_a_route_without_verdict_are_found():
    assert [route.name for route in all_routes(__name__) if route.access is None] == ["forgotten"]
    assert ("forgotten", "GET") not in table()
