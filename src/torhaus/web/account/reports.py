"""Who gets the usage report by mail: entered, changed, removed and sent one at once, on a page behind the price plan."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.errors import too_many
from torhaus.frame.throttling import count_about
from torhaus.journeys.add_report_recipient import add_report_recipient as add_report_recipient_deed
from torhaus.journeys.send_usage_report import NoCurrentContract, NotConfirmed, SentJustNow
from torhaus.journeys.send_usage_report import send_usage_report as send_usage_report_deed
from torhaus.journeys.usage_report import is_current
from torhaus.notices.letters import MailRefused
from torhaus.subscriptions.queries import agreement_of
from torhaus.subscriptions.rules import standing
from torhaus.usage.models import ReportRecipient
from torhaus.usage.report_recipients import (
    RecipientGone,
    RecipientKnown,
    TooManyRecipients,
    recipient_of,
    recipients_of,
)
from torhaus.usage.report_recipients import change_report_recipient as change_report_recipient_deed
from torhaus.usage.report_recipients import remove_report_recipient as remove_report_recipient_deed
from torhaus.web.account.report_forms import NewRecipientForm, RecipientForm, key_of, rhythm_words
from torhaus.web.words import vendor_today

# So many addresses may be entered within ten minutes: by one contract, and the same one from wherever.
BY_ONE_CONTRACT, ABOUT_ONE_MAILBOX = 20, 5


@dataclass(frozen=True)
class RecipientRow:
    """A recipient as the page shows it."""

    recipient: ReportRecipient
    when: str
    confirmed: bool


@viewer_may("see_account")
@require_safe
def usage_reports(request: HttpRequest) -> HttpResponse:
    """Show who gets the report of the contract or has yet to confirm, and when the next one comes."""
    viewer, (_vendor, today) = viewer_of(request), vendor_today(request)
    recipients = recipients_of(viewer.contract)
    context = {
        "contract": viewer.contract,
        "standing": standing(agreement_of(viewer.contract), today),
        "current": is_current(viewer.contract, today),
        "recipients": [RecipientRow(row, rhythm_words(row.rhythm), gets) for row, gets in recipients],
        "may_manage_reports": viewer.may("manage_reports") and not viewer.read_only,
    }
    return render(request, "web/account/usage_reports.html", context)


@viewer_may("manage_reports")
@require_http_methods(["GET", "HEAD", "POST"])
def add_report_recipient(request: HttpRequest) -> HttpResponse:
    """Enter an address, with its language and days."""
    if request.method != "POST":
        language = (get_language() or "en")[:2]
        return _show(request, NewRecipientForm(initial={"when": "w0", "language": language}))
    form, viewer = NewRecipientForm(request.POST), viewer_of(request)
    if not form.is_valid():
        return _show(request, form, status=422)
    mail = form.cleaned_data["mail"]
    wait = count_about(viewer.contract_ref, door="reports", limit=BY_ONE_CONTRACT)
    wait = wait or count_about(mail.casefold(), door="report", limit=ABOUT_ONE_MAILBOX)
    if wait:
        return too_many(request, retry_after=wait)
    try:
        _row, asked = add_report_recipient_deed(
            contract_ref=viewer.contract_ref,
            mail=mail,
            language=form.cleaned_data["language"],
            rhythm=form.rhythm,
            by=actor_of(request),
        )
    except (MailRefused, RecipientKnown, TooManyRecipients) as error:
        form.add_error("mail", _why(error))
        return _show(request, form, status=422)
    said = _("A mail with a link is on its way to %(mail)s.") if asked else _("%(mail)s gets the report from now on.")
    messages.success(request, said % {"mail": mail})
    return redirect("web:usage_reports")


@viewer_may("manage_reports")
@require_http_methods(["GET", "HEAD", "POST"])
def change_report_recipient(request: HttpRequest, ref: str) -> HttpResponse:
    """Change a recipient's language or days."""
    row = _recipient(request, ref)
    known = {"when": key_of(row.rhythm), "language": row.language}
    form = RecipientForm(request.POST) if request.method == "POST" else RecipientForm(initial=known)
    if request.method != "POST" or not form.is_valid():
        return _show(request, form, row, status=422 if request.method == "POST" else 200)
    try:
        changed = change_report_recipient_deed(
            recipient_id=row.pk, language=form.cleaned_data["language"], rhythm=form.rhythm, by=actor_of(request)
        )
    except RecipientGone:
        raise Http404 from None
    said = _("%(mail)s gets the report: %(when)s.")
    messages.success(request, said % {"mail": changed.mail, "when": rhythm_words(changed.rhythm)})
    return redirect("web:usage_reports")


@viewer_may("manage_reports")
@require_POST
def remove_report_recipient(request: HttpRequest, ref: str) -> HttpResponse:
    """Send a recipient no more reports."""
    row = _recipient(request, ref)
    try:
        remove_report_recipient_deed(recipient_id=row.pk, by=actor_of(request))
    except RecipientGone:
        messages.info(request, _("This address was removed already."))
    else:
        messages.success(request, _("%(mail)s gets no more reports.") % {"mail": row.mail})
    return redirect("web:usage_reports")


@viewer_may("manage_reports")
@require_POST
def send_usage_report(request: HttpRequest, ref: str) -> HttpResponse:
    """Send a recipient a report now, beside the plan."""
    row = _recipient(request, ref)
    try:
        send_usage_report_deed(recipient_id=row.pk, by=actor_of(request), at_once=True)
    except (NotConfirmed, NoCurrentContract, SentJustNow, RecipientGone) as error:
        messages.error(request, _why(error))
    else:
        messages.success(request, _("A report is on its way to %(mail)s.") % {"mail": row.mail})
    return redirect("web:usage_reports")


def _recipient(request: HttpRequest, ref: str) -> ReportRecipient:
    row = recipient_of(viewer_of(request).contract, ref)
    if row is None:
        raise Http404
    return row


def _why(error: Exception) -> str:
    """Say what was refused, and what to do."""
    return {
        MailRefused: _("Enter an email address such as name@example.com."),
        RecipientKnown: _("This address is in the list already. Change or remove it there."),
        TooManyRecipients: _("This contract has as many recipients as it may. Remove one first."),
        NotConfirmed: _("Nothing was sent: this address has to be confirmed first, by the link in the mail it got."),
        NoCurrentContract: _("Nothing was sent: the contract does not run now, so there is nothing to report."),
        SentJustNow: _("Nothing was sent: this address got a report within the last hour. Try again later."),
        RecipientGone: _("Nothing was sent: this address was removed already."),
    }[type(error)]


def _show(
    request: HttpRequest, form: RecipientForm, row: ReportRecipient | None = None, *, status: int = 200
) -> HttpResponse:
    return render(request, "web/account/report_recipient.html", {"form": form, "row": row}, status=status)
