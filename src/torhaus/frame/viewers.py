"""Find on whose behalf a request is made: a licence token of the session, or staff looking on."""

from django.conf import settings
from django.http import HttpRequest

from torhaus.frame.access import Viewer
from torhaus.frame.rights import CUSTOMER_ROLES, STAFF_ROLES
from torhaus.licensing.queries import live_token_across_customers
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import contract_across_customers
from torhaus.vendor.queries import the_vendor

UNLOCKED, CURRENT, PREVIEW = "unlocked", "contract", "preview"


def find_viewer(request: HttpRequest) -> Viewer | None:
    """Give the viewer of ``request``, or None for nobody. A dead token is dropped from the session."""
    session = request.session
    user = request.user
    if user.is_authenticated:
        ref = session.get(PREVIEW)
        if not ref or "view_as_customer" not in STAFF_ROLES.get(user.staff_role, frozenset()):
            return None
        contract = contract_across_customers(ref)
        return _viewer(contract, preview_by=user.name) if contract else None
    unlocked: dict[str, str] = session.get(UNLOCKED, {})
    public_id = unlocked.get(session.get(CURRENT, ""))
    if public_id is None:
        return None
    token = live_token_across_customers(public_id)
    if token is None:
        _drop(request, session[CURRENT])
        return find_viewer(request)
    return _viewer(token.contract, token_public_id=public_id)


def _viewer(contract: Contract, *, token_public_id: str = "", preview_by: str = "") -> Viewer:
    rights = CUSTOMER_ROLES["token"]
    if not the_vendor().token_sees_invoices:
        rights = rights - {"see_invoices"}
    return Viewer(
        role="token",
        rights=rights,
        customer_id=contract.customer_id,
        customer_ref=contract.customer.ref,
        customer_name=contract.customer.name,
        customer_number=contract.customer.number,
        contract_id=contract.pk,
        contract_ref=contract.ref,
        contract_number=contract.number,
        token_public_id=token_public_id,
        preview_by=preview_by,
    )


def _drop(request: HttpRequest, contract_ref: str) -> None:
    unlocked = dict(request.session.get(UNLOCKED, {}))
    unlocked.pop(contract_ref, None)
    request.session[UNLOCKED] = unlocked
    request.session[CURRENT] = next(iter(unlocked), "")


def secure_cookie(name: str) -> str:
    """Give a cookie's name, with the ``__Host-`` prefix whenever HTTPS is on (ASVS 3.3.1)."""
    return f"__Host-{name}" if settings.OPTIONS.https else name
