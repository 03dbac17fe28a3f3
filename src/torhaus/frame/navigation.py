"""What the left navigation holds. Entries whose page does not exist, or that the viewer may not see, are left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from torhaus.frame.access import Viewer
from torhaus.frame.rights import STAFF_ROLES

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Entry:
    """A page in the navigation: URL name, right, icon, label, group, and pages below it with addresses elsewhere."""

    url_name: str
    right: str
    icon: str
    label: "_StrPromise | str"
    group: "_StrPromise | str" = ""
    below: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """An entry as shown: ``current`` is ``page`` on the page itself, ``true`` on pages below it."""

    url: str
    icon: str
    label: str
    current: str


@dataclass(frozen=True)
class Group:
    """Links under one heading; the first group has none."""

    title: str
    links: list[Link]


_PRODUCT, _BUYING, _COMPANY, _HELP = _("Your product"), _("Buying"), _("Company"), _("Support")
PORTAL = (
    Entry("web:dashboard", "see_dashboard", "layout-dashboard", _("Dashboard")),
    Entry("web:subscription", "see_subscription", "repeat", _("Subscription"), _PRODUCT),
    Entry("web:seats", "see_seats", "armchair", _("Licences & seats"), _PRODUCT),
    Entry("web:downloads", "see_downloads", "download", _("Downloads"), _PRODUCT),
    Entry("web:installations", "see_installations", "monitor", _("Installations"), _PRODUCT),
    Entry("web:usage", "see_subscription", "gauge", _("Usage"), _PRODUCT),
    Entry("web:offline_licence", "see_licence", "key-round", _("Offline licence & token"), _PRODUCT),
    Entry("web:invoices", "see_invoices", "receipt", _("Invoices"), _BUYING),
    Entry(
        "web:price_plan",
        "see_account",
        "building-2",
        _("Company settings"),
        _COMPANY,
        below=(
            "web:company_security",
            "web:change_company_security",
            "web:request_booking",
            "web:education_terms",
            "web:request_education",
            "web:usage_reports",
            "web:add_report_recipient",
            "web:change_report_recipient",
        ),
    ),
    Entry(
        "web:members",
        "see_members",
        "users",
        _("Members & roles"),
        _COMPANY,
        below=("web:accept_ownership",),
    ),
    Entry("web:activity", "see_activity", "history", _("Activity"), _COMPANY),
    Entry("web:help", "see_tickets", "circle-question-mark", _("Help"), _HELP),
)
_WORK, _SYSTEM = _("Work lists"), _("System")
STAFF = (
    Entry(
        "backoffice:customers",
        "see_customers",
        "users",
        _("Customers"),
        below=(
            "backoffice:contract",
            "backoffice:add_booking",
            "backoffice:issue_token",
            "backoffice:revoke_token",
            "backoffice:set_contract_policy",
            "backoffice:clear_contract_policy",
            "backoffice:suspend_contract",
            "backoffice:name_installation",
            "backoffice:remove_installation",
            "backoffice:seats",
        ),
    ),
    Entry("backoffice:tickets", "handle_tickets", "inbox", _("Tickets"), _WORK),
    Entry("backoffice:releases", "see_releases", "package", _("Releases"), _WORK),
    Entry("backoffice:policies", "see_licences", "shield-check", _("Licence policies"), _WORK),
    Entry("backoffice:booking_requests", "add_booking", "shopping-cart", _("Booking requests"), _WORK),
    Entry("backoffice:education_requests", "decide_education", "graduation-cap", _("Education terms"), _WORK),
    Entry("backoffice:owner_recoveries", "recover_owner", "user-check", _("Owners to recover"), _WORK),
    Entry("backoffice:erasure_requests", "handle_personal_data", "user-cog", _("Personal data"), _WORK),
    Entry("backoffice:unmatched_invoices", "match_invoices", "file-question-mark", _("Unmatched invoices"), _WORK),
    Entry("backoffice:articles", "write_articles", "book-open", _("Help articles"), _WORK),
    Entry("backoffice:service_report", "see_service_report", "chart-column", _("Service report"), _WORK),
    Entry("backoffice:mails", "see_mails", "mail", _("Mails"), _WORK),
    Entry("backoffice:failed_jobs", "see_work", "circle-alert", _("Failed jobs"), _WORK),
    Entry("admin:index", "use_admin", "database", _("Raw data"), _SYSTEM),
)


def portal_navigation(request: HttpRequest, viewer: Viewer) -> list[Group]:
    """Give the customer's navigation as this viewer sees it."""
    return _groups(request, PORTAL, viewer.rights)


def staff_navigation(request: HttpRequest, staff_role: str) -> list[Group]:
    """Give the staff's navigation as this role sees it."""
    return _groups(request, STAFF, STAFF_ROLES.get(staff_role, frozenset()))


def first_page(viewer: Viewer) -> str | None:
    """Give the address of the first page the viewer may see, or None."""
    return next((url for e in PORTAL if viewer.may(e.right) and (url := address(e.url_name))), None)


def address(url_name: str) -> str | None:
    """Give the address of a page, or None if there is no such page in this installation."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


def _groups(request: HttpRequest, entries: Iterable[Entry], rights: frozenset[str]) -> list[Group]:
    groups: dict[str, list[Link]] = {}
    for entry in entries:
        url = address(entry.url_name) if entry.right in rights else None
        if url:
            link = Link(url, entry.icon, str(entry.label), _current(request, entry, url))
            groups.setdefault(str(entry.group), []).append(link)
    return [Group(title, links) for title, links in groups.items()]


def _current(request: HttpRequest, entry: Entry, url: str) -> str:
    if request.path == url:
        return "page"
    shown = request.resolver_match.view_name if request.resolver_match else ""
    return "true" if request.path.startswith(url) or shown in entry.below else ""
