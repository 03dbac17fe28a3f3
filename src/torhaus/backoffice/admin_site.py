"""Django admin for raw data: behind the staff's own sign-in, all customers in view, and nearly all of it read-only.

Its pages run with tenant scopes off, because raw data is of all customers; only here, and only
for administrators (frame/rights.py, enforced by the middleware).
"""

from typing import Any, cast

from django.contrib.admin import AdminSite
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django_scopes import scopes_disabled

from torhaus.frame.rights import STAFF_ROLES


class RawData(AdminSite):
    """The stock site with our door in front."""

    site_header = _("Raw data")
    site_title = _("Raw data")
    index_title = _("What the database holds")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this is a member of staff who may see raw data."""
        user = request.user
        return user.is_authenticated and "use_admin" in STAFF_ROLES.get(user.staff_role, frozenset())

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """Run a page with scopes off until it is rendered, not only until its view returns."""
        inner = super().admin_view(view, cacheable)

        def unscoped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with scopes_disabled():
                try:
                    response = inner(request, *args, **kwargs)
                    if hasattr(response, "render"):
                        response = response.render()
                except (DataError, OverflowError, ValueError):
                    if not (request.GET or args or kwargs):
                        raise
                    # An address nobody reaches by a link: a filter or key that no column of this type can hold.
                    raise Http404 from None
                return cast("HttpResponseBase", response)

        return unscoped

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002 - Django's signature
        """Lead to the staff's sign-in: no second place takes passwords (R6)."""
        target = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('backoffice:sign_in')}?{urlencode({'next': target})}")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002 - Django's signature
        """Lead home, where signing out is recorded."""
        return redirect("backoffice:home")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:  # noqa: ARG002 - Django's signature
        """Lead home: no second place takes passwords (R6)."""
        return redirect("backoffice:home")


site = RawData(name="admin")
