"""Ask support: the form, what becomes of it, and the page that says it arrived."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from torhaus.core.markdown import markdown_words
from torhaus.core.texts import text_in
from torhaus.frame.access import Viewer, actor_of, viewer_may, viewer_of
from torhaus.frame.attached_files import offered_files, takes_attachments
from torhaus.frame.throttling import count_about
from torhaus.journeys.create_ticket import create_ticket as create_ticket_deed
from torhaus.releases.queries import releases_of
from torhaus.support.articles import article_by_slug, shown_in
from torhaus.support.attachments import FilesRefused, Offered, Refusal, take_files
from torhaus.support.messages import AlreadySaid, refuse_what_was_said
from torhaus.support.models import Article, Ticket
from torhaus.support.queries import Package, calendar_of, package_of, ticket_of
from torhaus.support.reasons import reasons_of
from torhaus.support.rules import MAX_BODY
from torhaus.support.tickets import NewTicket
from torhaus.support.words import refusal_text
from torhaus.vendor.models import Vendor
from torhaus.web.help.support_words import hours_words, promise_words
from torhaus.web.help.views import support_facts
from torhaus.web.tickets.attaching import file_limits
from torhaus.web.tickets.forms import TicketForm
from torhaus.web.words import vendor_today

# Forms of one contract within ten minutes, those with errors included.
LIMIT = 20
VERSIONS = 20
MAIL_USED = "support_mail"


@viewer_may("create_ticket")
@takes_attachments
@require_http_methods(["GET", "HEAD", "POST"])
def create_ticket(request: HttpRequest) -> HttpResponse:
    """Ask support (B21 to B23). Without a package in force there are contacts instead (B25)."""
    viewer = viewer_of(request)
    vendor, today = vendor_today(request)
    package = package_of(viewer.contract, today)
    if package is None:
        typed = request.POST.get("body", "") if request.method == "POST" else ""
        context = support_facts(viewer, vendor, today) | {"typed": typed}
        return render(request, "web/tickets/no_package.html", context, status=409 if request.method == "POST" else 200)
    article = article_by_slug(str(request.POST.get("article") or request.GET.get("article", ""))[:80])
    form = _form(request, vendor, article)
    if request.method != "POST":
        return _ask(request, form, package, article)
    if wait := count_about(viewer.contract_ref, door="ticket", limit=LIMIT):
        return _wait(request, form, package, article, wait)
    offered, refusals = offered_files(request)
    if not form.is_valid() or refusals:
        return _ask(request, form, package, article, refusals=refusals, status=422)
    try:
        ticket = _create(request, viewer, form, package, article, offered)
    except FilesRefused as refused:
        return _ask(request, form, package, article, refusals=list(refused.refusals), status=422)
    request.session[MAIL_USED] = form.cleaned_data["mail"]
    return redirect("web:ticket_received", ref=ticket.ref)


def _create(
    request: HttpRequest,
    viewer: Viewer,
    form: TicketForm,
    package: Package,
    article: Article | None,
    offered: Sequence[Offered],
) -> Ticket:
    """Store the files and open the ticket, or give the one that the same form became before.

    Raises:
        FilesRefused: a file is not taken.
    """
    body, nonce = form.cleaned_data["body"], form.cleaned_data["nonce"]
    wanted = NewTicket(
        reason=form.cleaned_data["reason"],
        subject=next((words for line in body.split("\n") if (words := markdown_words(line))), ""),
        mail=form.cleaned_data["mail"],
        language=_language(),
        product_version=form.cleaned_data["product_version"],
        package=package.key,
        response_hours=package.response_hours,
        article=article,
    )
    try:
        # A form sent twice must not store its files twice.
        refuse_what_was_said(nonce=nonce)
        files = take_files(offered, contract=viewer.contract, by=actor_of(request))
        return create_ticket_deed(
            contract=viewer.contract, wanted=wanted, body=body, attachments=files, nonce=nonce, by=actor_of(request)
        )
    except AlreadySaid as twice:
        found = ticket_of(viewer.contract_id, twice.message.ticket.ref)
        if found is None:
            raise Http404 from twice
        return found


def _form(request: HttpRequest, vendor: Vendor, article: Article | None) -> TicketForm:
    reasons = [(one.key, text_in(one.name, _language())) for one in reasons_of(vendor.support_reasons)]
    initial = {"mail": request.session.get(MAIL_USED, ""), "article": article.slug if article else ""}
    return TicketForm(request.POST if request.method == "POST" else None, reasons=reasons, initial=initial)


def _wait(
    request: HttpRequest, form: TicketForm, package: Package, article: Article | None, seconds: int
) -> HttpResponse:
    minutes = max(1, -(-seconds // 60))
    text = ngettext(
        "A lot was sent for this contract just now. Wait %(n)d minute, then send again.",
        "A lot was sent for this contract just now. Wait %(n)d minutes, then send again.",
        minutes,
    )
    form.add_error(None, text % {"n": minutes})
    response = _ask(request, form, package, article, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _ask(
    request: HttpRequest,
    form: TicketForm,
    package: Package,
    article: Article | None,
    *,
    refusals: list[Refusal] | None = None,
    status: int = 200,
) -> HttpResponse:
    vendor, today = vendor_today(request)
    viewer = viewer_of(request)
    calendar = calendar_of(vendor)
    releases = releases_of(viewer.contract.product_id, today)[:VERSIONS]
    context = {
        "form": form,
        "errors": form.shown_errors() if form.is_bound else [],
        "most": MAX_BODY,
        "package": package,
        "promise": promise_words(package.response_hours, calendar),
        "hours": hours_words(calendar),
        "versions": [release.version for release in releases],
        "article": shown_in(article, _language()) if article else None,
        **file_limits([refusal_text(one) for one in refusals or ()], chosen=bool(request.FILES)),
    }
    return render(request, "web/tickets/create_ticket.html", context, status=status)


@viewer_may("see_tickets")
@require_safe
def ticket_received(request: HttpRequest, ref: str) -> HttpResponse:
    """Say that the question arrived, under which number, and when an answer is to be expected."""
    found = ticket_of(viewer_of(request).contract_id, ref)
    if found is None:
        raise Http404
    vendor, _today = vendor_today(request)
    context = {"ticket": found, "hours": hours_words(calendar_of(vendor)), "url": reverse("web:ticket", args=[ref])}
    return render(request, "web/tickets/ticket_received.html", context)


def _language() -> str:
    return (get_language() or "en")[:2]
