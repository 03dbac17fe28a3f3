"""Who is to hear of new versions: the contract's page of mailboxes, and the links of the mails, for their owners."""

from contextlib import suppress

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.frame.access import actor_of, public, viewer_may, viewer_of
from torhaus.frame.errors import too_many
from torhaus.frame.throttling import count_about, count_attempt, log_failure
from torhaus.journeys.subscribe_to_releases import subscribe_to_releases as subscribe_to_releases_deed
from torhaus.notices.letters import MailRefused
from torhaus.releases.models import ReleaseSubscription
from torhaus.releases.release_mails import (
    LinkOver,
    TooManySubscriptions,
    masked,
    subscription_across_customers,
    subscription_for_code,
    subscription_of,
    subscriptions_of,
    waits,
)
from torhaus.releases.release_mails import confirm_release_subscription as confirm_release_subscription_deed
from torhaus.releases.release_mails import end_release_subscription as end_release_subscription_deed
from torhaus.web.release_mails.forms import SubscribeForm

FOLLOWED = "release_mail"
# So many requests within ten minutes: by one contract, and about one mailbox from wherever.
BY_ONE_CONTRACT, ABOUT_ONE_MAILBOX = 20, 5


@viewer_may("see_downloads")
@require_safe
def release_mails(request: HttpRequest) -> HttpResponse:
    """Show the contract's mailboxes, masked, and take another."""
    return _show(request, SubscribeForm(), 200)


@viewer_may("manage_release_mails")
@require_POST
def subscribe_to_releases(request: HttpRequest) -> HttpResponse:
    """Ask a mailbox. The answer is the same whether it hears already or not."""
    viewer, form = viewer_of(request), SubscribeForm(request.POST)
    if not form.is_valid():
        return _show(request, form, 422)
    mail = form.cleaned_data["mail"]
    wait = count_about(viewer.contract_ref, door="release_mails", limit=BY_ONE_CONTRACT)
    wait = wait or count_about(mail.casefold(), door="release_mail", limit=ABOUT_ONE_MAILBOX)
    if wait:
        return too_many(request, retry_after=wait)
    language = (get_language() or "en")[:2]
    try:
        subscribe_to_releases_deed(contract_ref=viewer.contract_ref, mail=mail, language=language, by=actor_of(request))
    except MailRefused:
        form.add_error("mail", _("Enter an email address such as name@example.com."))
        return _show(request, form, 422)
    except TooManySubscriptions:
        form.add_error("mail", _("This contract has as many addresses as it may. Remove one first."))
        return _show(request, form, 422)
    said = _("If %(mail)s does not hear of new versions yet, a mail with a link is on its way there.")
    messages.success(request, said % {"mail": masked(mail)})
    return redirect("web:release_mails")


@viewer_may("manage_release_mails")
@require_POST
def end_release_subscription(request: HttpRequest, ref: str) -> HttpResponse:
    """Remove one of the contract's mailboxes."""
    row = subscription_of(viewer_of(request).contract_id, ref)
    if row is None:
        raise Http404
    try:
        end_release_subscription_deed(ref=row.ref, by=actor_of(request))
    except LinkOver:
        messages.info(request, _("This address was removed already."))
    else:
        messages.success(request, _("%(mail)s hears of new versions no more.") % {"mail": masked(row.mail)})
    return redirect("web:release_mails")


@public
@require_safe
def open_release_mail(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Take the code out of the address, and lead on to the page that confirms. Nothing is confirmed by looking."""
    return _follow(request, ref, code, to="web:confirm_release_subscription")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_release_subscription(request: HttpRequest) -> HttpResponse:
    """Ask the mailbox's owner, and take the answer."""
    row = _followed(request)
    if row is None or (row.confirmed_at is None and not waits(row)):
        return _over(request)
    if request.method == "POST":
        try:
            confirm_release_subscription_deed(ref=row.ref, by=actor_of(request))
        except LinkOver:
            return _over(request)
        return redirect("web:confirm_release_subscription")
    context = {"row": row, "mail": masked(row.mail)}
    return render(request, "web/release_mails/confirm_release_subscription.html", context)


def _end_by_one_click(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """End a subscription for a mail program (RFC 8058): it brings no cookie, the code is what it may."""
    row = subscription_for_code(ref, code)
    if row is None:
        log_failure(request, door="release_mails", reason="unknown link")
        return HttpResponse(status=404)
    with suppress(LinkOver):  # a second click finds it done
        end_release_subscription_deed(ref=row.ref, by=actor_of(request))
    return HttpResponse(status=200)


@public
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def end_release_mails(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Lead a person on to the page that asks, and end it at once for a mail program that posts (RFC 8058)."""
    if request.method == "POST":
        return _end_by_one_click(request, ref, code)
    return _follow(request, ref, code, to="web:stop_release_mails")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def stop_release_mails(request: HttpRequest) -> HttpResponse:
    """Ask the mailbox's owner whether it is to hear no more."""
    row = _followed(request)
    if row is None:
        return _over(request)
    if request.method == "POST":
        try:
            end_release_subscription_deed(ref=row.ref, by=actor_of(request))
        except LinkOver:
            return _over(request)
        request.session.pop(FOLLOWED, None)
        return render(request, "web/release_mails/release_mails_stopped.html", {"mail": masked(row.mail)})
    return render(request, "web/release_mails/stop_release_mails.html", {"row": row, "mail": masked(row.mail)})


def _follow(request: HttpRequest, ref: str, code: str, *, to: str) -> HttpResponse:
    """Note which link was followed, and lead on; whoever has to wait is told so, and that the link is not used up."""
    attempt = count_attempt(request, door="release_mails")
    if attempt.wait:
        return too_many(request, retry_after=attempt.wait, template="link_tried_too_often")
    row = subscription_for_code(ref, code)
    if row is None:
        log_failure(request, door="release_mails", reason="unknown or old link")
        request.session.pop(FOLLOWED, None)
    else:
        attempt.succeeded()
        request.session[FOLLOWED] = row.ref
    return redirect(to)


def _followed(request: HttpRequest) -> ReleaseSubscription | None:
    ref = request.session.get(FOLLOWED, "")
    return subscription_across_customers(ref) if isinstance(ref, str) and ref else None


def _over(request: HttpRequest) -> HttpResponse:
    """410: unknown, expired and ended ones look alike."""
    return render(request, "web/release_mails/link_over.html", status=410)


def _show(request: HttpRequest, form: SubscribeForm, status: int) -> HttpResponse:
    viewer = viewer_of(request)
    rows = [(row.ref, masked(row.mail), row.confirmed_at) for row in subscriptions_of(viewer.contract_id)]
    context = {"form": form, "rows": rows}
    return render(request, "web/release_mails/release_mails.html", context, status=status)
