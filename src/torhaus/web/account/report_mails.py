"""The links of mails with usage reports, for the mailbox's owner: confirm, and get no more."""

from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from torhaus.frame.access import actor_of, public
from torhaus.frame.errors import too_many
from torhaus.frame.throttling import count_attempt, log_failure
from torhaus.releases.release_mails import masked
from torhaus.usage.models import ReportRecipient
from torhaus.usage.report_recipients import (
    RecipientGone,
    recipient_across_customers,
    recipient_for_code,
    waits,
)
from torhaus.usage.report_recipients import confirm_report_recipient as confirm_report_recipient_deed
from torhaus.usage.report_recipients import remove_report_recipient as remove_report_recipient_deed
from torhaus.web.account.report_forms import rhythm_words

FOLLOWED = "report_mail"


@public
@require_safe
def open_report_mail(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Take the code out of the address, and lead on to the page that confirms. Nothing is confirmed by looking."""
    return _follow(request, ref, code, to="web:confirm_report_recipient")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_report_recipient(request: HttpRequest) -> HttpResponse:
    """Ask the mailbox's owner, and take the answer."""
    row = _followed(request)
    if row is None or (row.confirmed_at is None and not waits(row)):
        return _over(request)
    if request.method == "POST":
        try:
            confirm_report_recipient_deed(recipient_id=row.pk, by=actor_of(request))
        except RecipientGone:
            return _over(request)
        return redirect("web:confirm_report_recipient")
    return _page(request, "confirm_report_recipient", row)


@public
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def end_report_mails(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Lead a person on to the page that asks, and end it at once for a mail program that posts (RFC 8058)."""
    if request.method == "POST":
        return _end_by_one_click(request, ref, code)
    return _follow(request, ref, code, to="web:stop_report_mails")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def stop_report_mails(request: HttpRequest) -> HttpResponse:
    """Ask the mailbox's owner whether it is to get no more."""
    row = _followed(request)
    if row is None:
        return _over(request)
    if request.method == "POST":
        try:
            remove_report_recipient_deed(recipient_id=row.pk, by=actor_of(request))
        except RecipientGone:
            return _over(request)
        request.session.pop(FOLLOWED, None)
        return _page(request, "report_mails_stopped", row)
    return _page(request, "stop_report_mails", row)


def _end_by_one_click(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """End it for a mail program: it brings no cookie, the code is what it may."""
    row = recipient_for_code(ref, code)
    if row is None:
        log_failure(request, door="report_mails", reason="unknown link")
        return HttpResponse(status=404)
    with suppress(RecipientGone):  # a second click at the same moment finds it done
        remove_report_recipient_deed(recipient_id=row.pk, by=actor_of(request))
    return HttpResponse(status=200)


def _follow(request: HttpRequest, ref: str, code: str, *, to: str) -> HttpResponse:
    """Note which link was followed, and lead on; whoever has to wait is told so, and that the link is not used up."""
    attempt = count_attempt(request, door="report_mails")
    if attempt.wait:
        return too_many(request, retry_after=attempt.wait, template="link_tried_too_often")
    row = recipient_for_code(ref, code)
    if row is None:
        log_failure(request, door="report_mails", reason="unknown or old link")
        request.session.pop(FOLLOWED, None)
    else:
        attempt.succeeded()
        request.session[FOLLOWED] = row.ref
    return redirect(to)


def _followed(request: HttpRequest) -> ReportRecipient | None:
    ref = request.session.get(FOLLOWED, "")
    return recipient_across_customers(ref) if isinstance(ref, str) and ref else None


def _over(request: HttpRequest) -> HttpResponse:
    """410: unknown, expired and ended ones look alike."""
    return render(request, "web/account/report_link_over.html", status=410)


def _page(request: HttpRequest, name: str, row: ReportRecipient) -> HttpResponse:
    context = {"row": row, "mail": masked(row.mail), "when": rhythm_words(row.rhythm)}
    return render(request, f"web/account/{name}.html", context)
