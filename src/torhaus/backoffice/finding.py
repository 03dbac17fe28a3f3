"""Find what a staff page is about; what does not exist is a 404."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django_scopes import scope, scopes_disabled

from torhaus.frame.rights import STAFF_ROLES
from torhaus.organisations.models import Customer
from torhaus.organisations.search import customer_across_customers
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import contract_across_customers

M = TypeVar("M", bound=Model)
ROWS = 25


def the_customer(ref: str) -> Customer:
    """Give the customer of a reference.

    Raises:
        Http404: there is none.
    """
    customer = customer_across_customers(ref)
    if customer is None:
        raise Http404
    return customer


def the_contract(ref: str) -> Contract:
    """Give the contract of a reference, with customer and product.

    Raises:
        Http404: there is none.
    """
    contract = contract_across_customers(ref)
    if contract is None:
        raise Http404
    return contract


@contextmanager
def within(customer: Customer) -> Iterator[None]:
    """Read inside one customer's scope, so that a staff page of a customer shows nobody else's data."""
    with scope(customer=customer.pk, customer_ref=customer.ref):
        yield


def page_of_all(request: HttpRequest, rows: QuerySet[M]) -> "Page[M]":
    """Give the page of ``rows`` that the address asks for, read across customers; a wrong number gives a near one."""
    with scopes_disabled():
        page = Paginator(rows, ROWS).get_page(request.GET.get("page", "1"))
        page.object_list = list(page.object_list)
    return page


def sort_of(request: HttpRequest, allowed: tuple[str, ...]) -> str:
    """Give the column the address sorts by (a leading minus turns it round), else the first allowed."""
    wanted = request.GET.get("sort", "")
    return wanted if wanted.removeprefix("-") in {name.removeprefix("-") for name in allowed} else allowed[0]


def rights_of(request: HttpRequest) -> frozenset[str]:
    """Give what the member of staff may do, for leaving out buttons; the middleware decides."""
    role = request.user.staff_role if request.user.is_authenticated else ""
    return STAFF_ROLES.get(role, frozenset())
