"""Find on whose behalf a request is made: a person's, a licence token's of the session, or staff's looking on."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.frame.access import Viewer, session_alive
from torhaus.frame.rights import STAFF_ROLES, customer_rights
from torhaus.frame.signed import signed_in
from torhaus.licensing.models import LicenceToken
from torhaus.licensing.queries import live_token_across_customers, live_tokens_across_customers
from torhaus.organisations.people import memberships_across_customers
from torhaus.organisations.rules import bar_for, over
from torhaus.organisations.security import security_of
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import (
    contract_across_customers,
    contracts_of_customers_across_customers,
)
from torhaus.vendor.models import Vendor
from torhaus.vendor.queries import NoVendor, the_vendor

UNLOCKED, CURRENT, PREVIEW = "unlocked", "contract", "preview"
USED_BEFORE = "used_before"


@dataclass(frozen=True)
class UnlockedContract:
    """A contract the session may switch to."""

    ref: str
    number: str
    customer: str
    customer_ref: str


def vendor_of(request: HttpRequest) -> Vendor | None:
    """Give the vendor, read once a request, or None; from here on, instants are shown in its time zone."""
    known = request.__dict__
    if "vendor" not in known:
        try:
            known["vendor"] = the_vendor()
        except NoVendor:
            known["vendor"] = None
        else:
            timezone.activate(ZoneInfo(known["vendor"].time_zone))
    vendor: Vendor | None = known["vendor"]
    return vendor


def known_vendor(request: HttpRequest) -> Vendor:
    """Give the vendor of a request that was let in, which needs one.

    Raises:
        NoVendor: none is loaded.
    """
    vendor = vendor_of(request)
    if vendor is None:
        raise NoVendor
    return vendor


def today_of(request: HttpRequest) -> date:
    """Give the vendor's current day."""
    vendor = vendor_of(request)
    return clock.today(vendor.time_zone if vendor else "UTC")


def alive(request: HttpRequest) -> bool:
    """Whether somebody is signed in and the session is within its limits."""
    return session_alive(
        request.session,
        idle_seconds=settings.OPTIONS.session_idle_minutes * 60,
        absolute_seconds=settings.OPTIONS.session_hours * 3600,
    )


def find_viewer(request: HttpRequest) -> Viewer | None:
    """Give the viewer of ``request``, or None for nobody. A dead token is dropped from the session."""
    session = request.session
    user = request.user
    if user.is_authenticated:
        if not user.staff_role:
            return _person(request, user)
        ref = session.get(PREVIEW)
        if not ref or "view_as_customer" not in STAFF_ROLES.get(user.staff_role, frozenset()):
            return None
        contract = contract_across_customers(ref)
        return _viewer(request, contract, preview_by=user.name) if contract else None
    while current := session.get(CURRENT, ""):
        public_id = session.get(UNLOCKED, {}).get(current)
        token = live_token_across_customers(public_id) if public_id else None
        if token is not None:
            used = session.get(USED_BEFORE, {}).get(public_id)
            before = datetime.fromisoformat(used) if used else None
            viewer = _viewer(request, token.contract, token=public_id, label=str(token), used_before=before)
            rules = security_of(token.contract.customer)
            return replace(viewer, rules=rules, bar="over" if over(rules, signed_in(session)) else "")
        _drop(request, current)
    return None


def _person(request: HttpRequest, user: User) -> Viewer | None:
    """Give the viewer a person of customers is now: role and state are read at each request (R16, R22)."""
    held = memberships_across_customers(user.pk)
    open_to = contracts_of_customers_across_customers(held.keys())
    request.__dict__["contracts"] = user.pk, open_to  # the frame names them all; whose they are, a sign-in may change
    current = request.session.get(CURRENT, "")
    contract = next((one for one in open_to if one.ref == current), open_to[0] if open_to else None)
    if contract is None:
        return None
    if contract.ref != current:
        if current and request.method not in {"GET", "HEAD"}:
            return None  # sent from a page of a customer that lets them in no more: done nowhere
        request.session[CURRENT] = contract.ref
    here = held[contract.customer_id]
    rules, session = security_of(contract.customer), signed_in(request.session)
    viewer = _viewer(request, contract, role=here.role, person_name=user.name, usage_notices=here.gets_usage_notices)
    return replace(
        viewer,
        rules=rules,
        bar=bar_for(rules, session, here.role, today_of(request)),
        factor_from=None if session.factor else rules.factor_day(here.role),
    )


def viewer_by_token(request: HttpRequest, token: LicenceToken) -> Viewer:
    """Give the viewer that a licence token is, brought by a program without a session."""
    return _viewer(request, token.contract, token=token.public_id, label=str(token))


def shown_viewer(request: HttpRequest) -> tuple[Viewer | None, User | None]:
    """Give whom a page's frame shows: a viewer, or staff. Public pages and error pages look here, too."""
    known = request.__dict__
    if "viewer" not in known:
        there = settings.SESSION_COOKIE_NAME in request.COOKIES and hasattr(request, "session") and alive(request)
        viewer = find_viewer(request) if there else None
        known["viewer"] = viewer if viewer and viewer.bar != "over" else None
        known["shown_staff"] = _staff(request) if there else None
    shown: Viewer | None = known["viewer"]
    return shown, known["shown_staff"] if "shown_staff" in known else _staff(request)


def _staff(request: HttpRequest) -> User | None:
    user = request.user
    return user if isinstance(user, User) and user.staff_role else None


def unlocked_contracts(request: HttpRequest) -> list[UnlockedContract]:
    """Give the contracts this session may switch to, by number: a person's, or those with a living token."""
    user = request.user
    if user.is_authenticated:
        whose, found = request.__dict__.get("contracts", (None, []))
        if whose != user.pk:
            found = contracts_of_customers_across_customers(memberships_across_customers(user.pk).keys())
        return [UnlockedContract(c.ref, c.number, c.customer.name, c.customer.ref) for c in found]
    public_ids = list(request.session.get(UNLOCKED, {}).values())
    tokens = live_tokens_across_customers(public_ids) if len(public_ids) > 1 else []
    contracts = [t.contract for t in tokens]
    unlocked = (UnlockedContract(c.ref, c.number, c.customer.name, c.customer.ref) for c in contracts)
    return sorted(unlocked, key=lambda found: found.number)


def _viewer(
    request: HttpRequest,
    contract: Contract,
    *,
    token: str = "",
    label: str = "",
    used_before: datetime | None = None,
    preview_by: str = "",
    role: str = "token",
    person_name: str = "",
    usage_notices: bool | None = None,
) -> Viewer:
    vendor = vendor_of(request)
    return Viewer(
        role=role,
        rights=customer_rights(
            role,
            billing_access=vendor.billing_access if vendor else "owner",
            token_sees_invoices=bool(vendor and vendor.token_sees_invoices),
        ),
        customer_id=contract.customer_id,
        customer_ref=contract.customer.ref,
        customer_name=contract.customer.name,
        customer_number=contract.customer.number,
        contract_id=contract.pk,
        contract_ref=contract.ref,
        contract_number=contract.number,
        contract=contract,
        token_public_id=token,
        token_label=label,
        token_used_before=used_before,
        preview_by=preview_by,
        person_name=person_name,
        usage_notices=usage_notices,
    )


def _drop(request: HttpRequest, contract_ref: str) -> None:
    unlocked = dict(request.session.get(UNLOCKED, {}))
    unlocked.pop(contract_ref, None)
    request.session[UNLOCKED] = unlocked
    request.session[CURRENT] = next(iter(unlocked), "")


def secure_cookie(name: str) -> str:
    """Give a cookie's name, with the ``__Host-`` prefix whenever HTTPS is on (ASVS 3.3.1)."""
    return f"__Host-{name}" if settings.OPTIONS.https else name
