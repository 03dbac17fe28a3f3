"""Links for a passkey that a browser followed: kept in its session, also over the sign-in that comes next."""

from typing import Any

from django.http import HttpRequest

from torhaus.accounts.models import User
from torhaus.organisations.passkey_links import open_passkey_links_across_customers

KEY, MOST = "passkey_links", 5


def remember_link(request: HttpRequest, ref: str) -> None:
    """Note that a link was followed here."""
    request.session[KEY] = [*(one for one in links_in(request.session) if one != ref), ref][-MOST:]


def keep_links(session: Any, links: list[str]) -> None:
    """Keep the links in a session that was just begun anew."""
    if links:
        session[KEY] = links


def links_in(session: Any) -> list[str]:
    """Give the links that were followed in a session, whosever they are."""
    return [str(ref) for ref in session.get(KEY, [])]


def may_add_passkey(request: HttpRequest, user: User) -> bool:
    """Whether one of the links that were followed here works for ``user``."""
    links = links_in(request.session)
    return bool(links) and any(row.person_id == user.pk for row in open_passkey_links_across_customers(links))


def forget_links(request: HttpRequest) -> None:
    """Forget the links: they are used up."""
    request.session.pop(KEY, None)
