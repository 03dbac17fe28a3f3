"""Another address to sign in with: a code that is mailed to it proves it (R18)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from torhaus.accounts import mail_changes
from torhaus.accounts.models import MailChange, User
from torhaus.frame.access import actor_of, signed_in_person
from torhaus.frame.confirming import confirm_first
from torhaus.frame.throttling import log_failure
from torhaus.journeys import change_mail as deeds
from torhaus.notices.letters import MailRefused
from torhaus.web.my_account.forms import MailForm
from torhaus.web.my_account.who import customer_ref, person_of
from torhaus.web.people.forms import MailedCodeForm


@signed_in_person
@require_http_methods(["GET", "HEAD", "POST"])
def ask_mail_change(request: HttpRequest) -> HttpResponse:
    """Take the new address and mail a code to it; the answer is the same whether somebody has it or not (R7)."""
    if again := confirm_first(request):
        return again
    user, sent = person_of(request), request.method == "POST"
    form = MailForm(request.POST if sent else None)
    if sent and form.is_valid() and _asked(request, user, form):
        return redirect("web:change_mail")
    return render(request, "web/my_account/ask_mail_change.html", {"form": form}, status=422 if sent else 200)


@signed_in_person
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def change_mail(request: HttpRequest) -> HttpResponse:
    """Take the code; from then on the person signs in with the new address, and is out everywhere else (R17)."""
    if again := confirm_first(request):
        return again
    user, sent = person_of(request), request.method == "POST"
    change = mail_changes.open_mail_change(user)
    if change is None:
        messages.error(request, _("The code is too old, or was wrong too often. Enter the new address again."))
        return redirect("web:ask_mail_change")
    form = MailedCodeForm(request.POST if sent else None)
    if sent and form.is_valid() and _changed(request, user, change, form):
        said = _("You sign in with %(mail)s from now on. Everywhere else you are signed out.")
        messages.success(request, said % {"mail": change.mail})
        return redirect("web:account")
    context = {"form": form, "change": change}
    return render(request, "web/my_account/change_mail.html", context, status=422 if sent else 200)


def _asked(request: HttpRequest, user: User, form: MailForm) -> bool:
    try:
        deeds.ask_mail_change(
            user=user, mail=form.cleaned_data["mail"], customer_ref=customer_ref(request), by=actor_of(request)
        )
    except mail_changes.SameMail:
        form.add_error("mail", _("You sign in with this address already."))
    except mail_changes.ErasureOpen:
        form.add_error("mail", _erasure_open())
    except mail_changes.AskedTooOften:
        form.add_error("mail", _("You asked for too many codes. Try again in an hour, or tomorrow."))
    except MailRefused:
        form.add_error("mail", _("Enter an email address such as name@example.com."))
    return not form.errors


def _changed(request: HttpRequest, user: User, change: MailChange, form: MailedCodeForm) -> bool:
    wrong = _("This code does not work: it is another one, was used, or is older than ten minutes.")
    try:
        mail_changes.count_try(change)
        deeds.change_mail(
            user=user,
            change=change,
            code=form.cleaned_data["code"],
            keep=request.session.session_key or "",
            customer_ref=customer_ref(request),
            by=actor_of(request),
        )
    except mail_changes.WrongCode:
        log_failure(request, door="mail_change", reason="refused")
        form.add_error("code", wrong)
    except mail_changes.ErasureOpen:
        form.add_error("code", _erasure_open())
    except mail_changes.MailTaken:
        form.add_error("code", _("Somebody else signs in with this address by now. Choose another."))
    return not form.errors


def _erasure_open() -> str:
    return _("You asked to be erased under the address you have now. Take that back first, or wait until it is done.")
