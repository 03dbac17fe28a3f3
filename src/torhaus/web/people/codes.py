"""Sign in with a code by mail instead of the password. A second factor is asked for all the same (R9)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from torhaus.accounts.login_codes import begin_login_code, use_login_code
from torhaus.frame.access import public
from torhaus.frame.addresses import client_address
from torhaus.frame.entering import after_first_step
from torhaus.frame.errors import too_many
from torhaus.frame.redirects import safe_target
from torhaus.frame.throttling import count_attempt, log_failure
from torhaus.journeys.tasks import send_login_code as send_login_code_job
from torhaus.organisations.rules import CODE
from torhaus.web.people.forms import LostPasswordForm, MailedCodeForm

_ASKED = "login_code"


@public
@require_http_methods(["GET", "HEAD", "POST"])
def send_login_code(request: HttpRequest) -> HttpResponse:
    """Take a mail address; the answer is the same, and as quick, whether anybody has it or not (R7)."""
    sent = request.method == "POST"
    target = safe_target(request, (request.POST if sent else request.GET).get("next", ""))
    if sent and (wait := count_attempt(request, door="login_code").wait):
        return too_many(request, retry_after=wait, template="asked_too_often")
    form = LostPasswordForm(request.POST if sent else None)
    if not sent or not form.is_valid():
        context = {"form": form, "next": target}
        return render(request, "web/people/send_login_code.html", context, status=422 if sent else 200)
    # Nothing is looked up here: a job does, so that the time of this answer tells nothing.
    ref = begin_login_code()
    mail, address = form.cleaned_data["mail"], client_address(request)
    send_login_code_job.enqueue(ref, mail, address, getattr(request, "request_id", ""))
    request.session[_ASKED] = {"ref": ref, "next": target}
    return redirect("web:sign_in_code")


@public
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Take the code, in the browser that asked for it; whatever fails is counted and costs the same work."""
    asked: dict[str, Any] | None = request.session.get(_ASKED)
    if not asked:
        return redirect("web:send_login_code")
    if request.method != "POST":
        return render(request, "web/people/sign_in_code.html", {"form": MailedCodeForm()})
    attempt = count_attempt(request, door="code")
    if attempt.wait:
        return too_many(request, retry_after=attempt.wait)
    form = MailedCodeForm(request.POST)
    user = use_login_code(ref=asked["ref"], code=form.cleaned_data["code"]) if form.is_valid() else None
    if user is None:
        log_failure(request, door="code", reason="refused")
        if not form.errors:
            said = gettext("This code does not work: it is another one, was used, or is older than ten minutes.")
            form.add_error("code", said)
        return render(request, "web/people/sign_in_code.html", {"form": form}, status=422)
    attempt.succeeded()
    request.session.pop(_ASKED, None)
    return after_first_step(request, user, door="code", target=asked["next"], method=CODE)
