"""Every view declares who may enter; a view that declares nothing opens for nobody.

The declaration is data on the view, the middleware enforces it, and the sweep
over all URLs reads it (ASVS 8.2.1).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeVar

from django.http import HttpRequest

from torhaus.core import clock
from torhaus.frame.addresses import client_address
from torhaus.organisations.rules import Bar, SecurityRules
from torhaus.records.deeds import Actor
from torhaus.records.models import ActorKind
from torhaus.subscriptions.models import Contract

V = TypeVar("V", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """Who may enter a view: anybody, a customer's viewer, a program with a licence token, or staff; with which right.

    What is no ``page`` (a style sheet, a health check) is answered without session and vendor. What is open
    for viewers may be open ``by_token``, too: to whoever brings a licence token instead of a session. A ``person``
    is anybody with an account, staff or a customer's, about whom the page is. ``unproven`` lets staff in who still
    owe a second factor, ``before_rules`` people whom the current customer's security keeps out.
    """

    audience: Literal["public", "viewer", "token", "staff", "person"]
    right: str = ""
    page: bool = True
    by_token: bool = False
    unproven: bool = False
    before_rules: bool = False


@dataclass(frozen=True)
class Viewer:
    """On whose behalf a portal page is shown: one customer, one contract of it, one role."""

    role: str
    rights: frozenset[str]
    customer_id: int
    customer_ref: str
    customer_name: str
    customer_number: str
    contract_id: int
    contract_ref: str
    contract_number: str
    contract: Contract = field(repr=False, compare=False)
    token_public_id: str = ""
    token_label: str = ""
    token_used_before: datetime | None = None
    preview_by: str = ""
    person_name: str = ""
    rules: SecurityRules = field(default_factory=SecurityRules)
    bar: Bar = ""  # why the customer's security keeps this session out
    factor_from: date | None = None  # the day from which on a person needs the second factor they have not proved
    usage_notices: bool | None = None  # whether a person gets them; None for whoever is no person of the customer's

    @property
    def read_only(self) -> bool:
        """Whether nothing may be changed: staff looking with the customer's eyes."""
        return bool(self.preview_by)

    def may(self, right: str) -> bool:
        """Whether the viewer holds ``right``."""
        return right in self.rights


def public(view: V) -> V:
    """Let anybody enter."""
    view.access = Access("public")  # type: ignore[attr-defined]  # the declaration travels on the view
    return view


def public_file(view: V) -> V:
    """Let anybody fetch something that is no page: no session is read and no vendor is needed."""
    view.access = Access("public", page=False)  # type: ignore[attr-defined]  # the declaration travels on the view
    return view


def viewer_may(right: str, *, before_rules: bool = False) -> Callable[[V], V]:
    """Let viewers with ``right`` enter, inside the scope of their customer.

    With ``before_rules`` also those whom its security keeps out: for what leads on to another customer.
    """
    return _declare(Access("viewer", right, before_rules=before_rules))


def token_may(right: str) -> Callable[[V], V]:
    """Let programs enter that bring a licence token with ``right`` in every request (RFC 6750); no session is read.

    Forms of other sites cannot bring one, so there is nothing to forge and no form token is asked for.
    """

    def mark(view: V) -> V:
        view.csrf_exempt = True  # type: ignore[attr-defined]  # Django's own mark; its decorator would wrap the view
        return _declare(Access("token", right))(view)

    return mark


def viewer_or_token_may(right: str) -> Callable[[V], V]:
    """Let viewers with ``right`` enter, and programs that bring a licence token with it. For reading only."""
    return _declare(Access("viewer", right, by_token=True))


def signed_in_person(view: V) -> V:
    """Let anybody with an account enter what is about themselves, also before they have the second factor they need."""
    return _declare(Access("person", unproven=True))(view)


def staff_may(right: str, *, unproven: bool = False) -> Callable[[V], V]:
    """Let staff with ``right`` enter; the empty right lets all staff in."""
    return _declare(Access("staff", right, unproven=unproven))


def _declare(access: Access) -> Callable[[V], V]:
    def mark(view: V) -> V:
        view.access = access  # type: ignore[attr-defined]  # the declaration travels on the view
        return view

    return mark


def viewer_of(request: HttpRequest) -> Viewer:
    """Give the viewer the middleware found for this request.

    Raises:
        AttributeError: the view was not declared with :func:`viewer_may`.
    """
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]  # set by the middleware
    return viewer


def actor_of(request: HttpRequest) -> Actor:
    """Give who acts in this request, for the record: a person before a token, and the client's address."""
    request_id = getattr(request, "request_id", "")
    address = client_address(request)
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        kind = ActorKind.STAFF if user.staff_role else ActorKind.PERSON
        return Actor(kind, user.ref, user.mail, address, request_id)
    viewer = getattr(request, "viewer", None)
    return Actor(ActorKind.TOKEN, viewer.token_public_id if viewer else "", "", address, request_id)


def session_alive(session: Any, *, idle_seconds: int, absolute_seconds: int) -> bool:
    """Whether a session is within both of its limits (ASVS 7.3.1, 7.3.2), by our clock.

    A clock that was set back does not lengthen a session: what lies in the future counts as over.
    """
    started, seen = session.get("started_at"), session.get("seen_at")
    if not isinstance(started, int | float) or not isinstance(seen, int | float):
        return False
    now = clock.now().timestamp()
    tolerance = 120  # seconds by which servers of one installation may differ
    return started - tolerance <= now < started + absolute_seconds and seen - tolerance <= now < seen + idle_seconds
