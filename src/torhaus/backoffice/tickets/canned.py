"""Canned answers: the list, making, changing and deleting one."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.backoffice.tickets.forms import CannedForm
from torhaus.frame.access import actor_of, staff_may
from torhaus.support import canned
from torhaus.support.models import CannedAnswer


@staff_may("write_articles")
@require_safe
def canned_answers(request: HttpRequest) -> HttpResponse:
    """Show all canned answers."""
    return render(request, "backoffice/tickets/canned_answers.html", {"answers": canned.canned_answers()})


@staff_may("write_articles")
@require_http_methods(["GET", "HEAD", "POST"])
def create_canned_answer(request: HttpRequest) -> HttpResponse:
    """Keep a new canned answer."""
    form = CannedForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            canned.create_canned_answer(title=form.cleaned_data["title"], body=form.bodies(), by=actor_of(request))
        except canned.TitleTaken:
            form.add_error("title", _("Another canned answer has this title. Enter another one."))
        else:
            messages.success(request, _("The canned answer was kept."))
            return redirect("backoffice:canned_answers")
    return _ask(request, form, None)


@staff_may("write_articles")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_canned_answer(request: HttpRequest, ref: str) -> HttpResponse:
    """Change a canned answer."""
    found = canned.canned_answer(ref)
    if found is None:
        raise Http404
    form = CannedForm(request.POST if request.method == "POST" else None, canned=found)
    if form.is_valid():
        try:
            canned.edit_canned_answer(
                ref=ref, title=form.cleaned_data["title"], body=form.bodies(), by=actor_of(request)
            )
        except canned.TitleTaken:
            form.add_error("title", _("Another canned answer has this title. Enter another one."))
        except canned.UnknownCannedAnswer:
            raise Http404 from None
        else:
            messages.success(request, _("The canned answer was kept."))
            return redirect("backoffice:canned_answers")
    return _ask(request, form, found)


@staff_may("write_articles")
@require_POST
def delete_canned_answer(request: HttpRequest, ref: str) -> HttpResponse:
    """Delete a canned answer."""
    try:
        canned.delete_canned_answer(ref=ref, by=actor_of(request))
    except canned.UnknownCannedAnswer:
        raise Http404 from None
    messages.success(request, _("The canned answer was deleted. Answers sent with it stay as they are."))
    return redirect("backoffice:canned_answers")


def _ask(request: HttpRequest, form: CannedForm, found: CannedAnswer | None) -> HttpResponse:
    context = {
        "form": form,
        "canned": found,
        "places": [f"{{{place}}}" for place in canned.PLACES],
        "bodies": [form[name] for name in form.fields if name.startswith("body_")],
    }
    status = 422 if form.is_bound else 200
    return render(request, "backoffice/tickets/canned_answer.html", context, status=status)
