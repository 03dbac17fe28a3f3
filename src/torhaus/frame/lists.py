"""Sorting and paging by links: every state of a list is a URL, and a link keeps what it does not change."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, QueryDict

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
    _Page = Page[Any]
else:
    _Paginator = Paginator
    _Page = Page

NEAR = "near"  # the parameter that names a place in a long list
FAR = 100  # pages that one link of a long list passes over
_LONG = 10  # pages from which on links to both ends help


def current_sort(context: Any) -> str:
    """Give the sorting in force: what the view says in ``sort``, else what the address says."""
    request: HttpRequest | None = context.get("request")
    given = context.get("sort")
    if isinstance(given, str):
        return given
    return request.GET.get("sort", "") if request else ""


def query_with(request: HttpRequest, **changes: str | None) -> str:
    """Give the query string of ``request`` with ``changes``; None takes a parameter out."""
    query: QueryDict = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return "?" + query.urlencode()


def sort_target(context: Any, column: str) -> str:
    """Give the link that sorts by ``column``, or turns the order round if it already does."""
    turned = "-" + column if current_sort(context) == column else column
    return query_with(context["request"], sort=turned, page=None, near=None)


def direction(context: Any, column: str) -> str:
    """Give ``ascending``, ``descending`` or nothing for ``column``."""
    return {column: "ascending", "-" + column: "descending"}.get(current_sort(context), "")


class Counted(_Paginator):
    """Pages of what was counted; ``more``: counting ended there, and there are more."""

    more = False


class LongPage(_Page):
    """A page of a list that may be very long. ``place`` tells the view of a page beside it where this one begins."""

    place = ""


def page_of(given: str, count: int, per_page: int, *, more: bool = False) -> "Page[Any]":
    """Give the wanted page, still empty; nonsense is the first, beyond the end the last."""
    return Page([], *_within(given, count, per_page, more=more))


def long_page_of(given: str, count: int, per_page: int, *, more: bool = False) -> LongPage:
    """Give the wanted page of a list whose pages are at hand wherever they lie, still empty."""
    return LongPage([], *_within(given, count, per_page, more=more))


def _within(given: str, count: int, per_page: int, *, more: bool) -> tuple[int, Counted]:
    paginator = Counted([], per_page)
    paginator.count, paginator.more = count, more
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 1
    return min(max(number, 1), paginator.num_pages), paginator


def page_links(request: HttpRequest, page: "Page[Any]") -> dict[str, str]:
    """Give the links to the pages beside ``page``, keeping filters and sorting; in a long list, to those afar, too."""
    links, number, last = {}, page.number, page.paginator.num_pages
    near = (page.place if isinstance(page, LongPage) else "") or None
    if page.has_previous():
        links["previous"] = query_with(request, page=str(number - 1), near=near)
    if page.has_next():
        links["next"] = query_with(request, page=str(number + 1), near=near)
    if isinstance(page, LongPage) and last > _LONG:
        if number > 1:
            links["first"] = query_with(request, page=None, near=None)
        if number > FAR:
            links["back"] = query_with(request, page=str(number - FAR), near=near)
        if number + FAR <= last:
            links["on"] = query_with(request, page=str(number + FAR), near=near)
        if number < last:
            links["last"] = query_with(request, page=str(last), near=None)
    return links
