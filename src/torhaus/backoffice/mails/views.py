"""The mail log: what was sent to whom and how it went. In the demo it is where mails can be read."""

from csp.decorators import csp
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from torhaus.backoffice.finding import page_of_all
from torhaus.backoffice.mails.forms import STATES, MailSearchForm
from torhaus.frame.access import staff_may
from torhaus.frame.words import Look
from torhaus.notices.models import Mail, MailState
from torhaus.notices.search import mail_across_customers, mails_across_customers

_LOOKS = {
    MailState.WAITING: ("info", "clock"),
    MailState.SENT: ("ok", "check"),
    MailState.FAILED: ("bad", "triangle-alert"),
}


@staff_may("see_mails")
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """Show the mails, newest first."""
    form = MailSearchForm(request.GET)
    valid = form.is_valid()
    text, state = (form.cleaned_data["q"], form.cleaned_data["state"]) if valid else ("", "")
    page = page_of_all(request, mails_across_customers(text=text, state=state))
    context = {
        "form": form,
        "page": page,
        "rows": [(mail, _badge(mail)) for mail in page.object_list],
        "filtered": bool(text or state),
        "in_files": settings.OPTIONS.mail_mode == "files",
    }
    return render(request, "backoffice/mails.html", context)


@staff_may("see_mails")
@require_safe
def mail(request: HttpRequest, ref: str) -> HttpResponse:
    """Show a mail's text part and how its delivery went."""
    found = _find(ref)
    return render(request, "backoffice/mail.html", {"mail": found, "state": _badge(found)})


@staff_may("see_mails")
@require_safe
@csp(  # type: ignore[arg-type]  # the decorator passes any arguments on, its type says otherwise
    {"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "img-src": ["data:"], "sandbox": True}
)
def mail_html(request: HttpRequest, ref: str) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Give a mail's HTML part as a document of its own: sandboxed, without scripts, forms or anything from outside."""
    return HttpResponse(_find(ref).html, content_type="text/html; charset=utf-8")


def _find(ref: str) -> Mail:
    found = mail_across_customers(ref)
    if found is None:
        raise Http404
    return found


def _badge(mail: Mail) -> Look:
    state = MailState(mail.state)
    tone, icon = _LOOKS[state]
    return Look(tone, icon, str(STATES[state]))
