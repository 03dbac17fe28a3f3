"""Staff sign in and out: the one place that takes a password, Django admin included (R6)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from torhaus.backoffice.accounts.forms import SignInForm
from torhaus.frame.access import public, staff_may
from torhaus.frame.entering import after_first_step, end_session
from torhaus.frame.errors import too_many
from torhaus.frame.redirects import safe_target
from torhaus.frame.throttling import count_attempt, log_failure
from torhaus.journeys.sign_in_staff import SignInRefused, find_staff


@public
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form, or check what it brought."""
    if request.user.is_authenticated and request.user.staff_role:
        return redirect(_next(request))
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        attempt = count_attempt(request, door="staff")
        if attempt.wait:
            return too_many(request, retry_after=attempt.wait)
        if form.is_valid():
            try:
                user = find_staff(mail=form.cleaned_data["mail"], password=form.cleaned_data["password"])
            except SignInRefused:
                log_failure(request, door="staff", reason="refused")
                said = _("This email address and password do not belong together. Check both and try again.")
                form.add_error(None, said)
            else:
                attempt.succeeded()
                return after_first_step(request, user, door="staff", target=_next(request))
        status = 422
    context = {"form": form, "next": request.POST.get("next", request.GET.get("next", ""))}
    response = render(request, "backoffice/sign_in.html", context, status=status)
    add_never_cache_headers(response)
    return response


@staff_may("", unproven=True)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session on the server, so that its cookie is worth nothing afterwards (R15)."""
    end_session(request)
    return redirect("backoffice:sign_in")


def _next(request: HttpRequest) -> str:
    """Give where to go after signing in: only within the staff's own pages (R28)."""
    home = reverse("backoffice:home")
    target = safe_target(request, request.POST.get("next") or request.GET.get("next") or "")
    return target if target.startswith(home) else home
