"""The work list of people who want to be erased: see what that means, export it for them, do it or decline (R64, R65)."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.accounts.erasure_requests import (
    RequestDecided,
    RequestOpen,
    decided_requests,
    open_requests,
    passed_on,
)
from torhaus.accounts.erasure_requests import (
    erasure_request as request_of,
)
from torhaus.accounts.models import ErasureRequest, ErasureState
from torhaus.accounts.queries import person_with_mail
from torhaus.backoffice.finding import page_of_all
from torhaus.backoffice.personal_data.forms import DeclineForm, FileForm, SeenForm
from torhaus.core import clock
from torhaus.frame.access import actor_of, staff_may
from torhaus.frame.confirming import confirm_first
from torhaus.journeys import ask_erasure as deeds
from torhaus.journeys import export_personal_data as export
from torhaus.journeys.erase_person import deed as erasing
from torhaus.journeys.erase_person.person import person_across_customers
from torhaus.journeys.erase_person.steps import plan_across_customers
from torhaus.vendor.queries import the_vendor

SHOWN = 10


@staff_may("handle_personal_data")
@require_safe
def erasure_requests(request: HttpRequest) -> HttpResponse:
    """Show who wants to be erased, the most urgent first, and what was decided last."""
    context = {
        "page": page_of_all(request, open_requests()),
        "decided": decided_requests(SHOWN),
        "today": clock.today(the_vendor().time_zone),
    }
    return render(request, "backoffice/personal_data/erasure_requests.html", context)


@staff_may("handle_personal_data")
@require_http_methods(["GET", "HEAD", "POST"])
def file_erasure(request: HttpRequest) -> HttpResponse:
    """Take down that somebody wrote."""
    today = clock.today(the_vendor().time_zone)
    form = FileForm(request.POST if request.method == "POST" else None, initial={"asked_on": today})
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        if said["asked_on"] > today:
            form.add_error("asked_on", _("This day is still to come. Enter the day on which they asked."))
        elif row := _filed(request, form):
            return redirect("backoffice:erasure_request", ref=row.ref)
    return render(
        request, "backoffice/personal_data/file_erasure.html", {"form": form}, status=422 if form.is_bound else 200
    )


def _filed(request: HttpRequest, form: FileForm) -> ErasureRequest | None:
    said = form.cleaned_data
    try:
        return deeds.file_erasure(mail=said["mail"], note=said["note"], asked_on=said["asked_on"], by=actor_of(request))
    except erasing.IsStaff:
        form.add_error("mail", _("This address is a colleague’s. Accounts of staff are not erased here."))
    except RequestOpen:
        form.add_error("mail", _("Somebody with this address is on the list already. Open them there."))
    return None


@staff_may("handle_personal_data")
@require_safe
def erasure_request(request: HttpRequest, ref: str) -> HttpResponse:
    """Show exactly what would be erased, pseudonymised and kept."""
    return _show(request, _found(ref), DeclineForm())


@staff_may("handle_personal_data")
@require_POST
def erase_person(request: HttpRequest, ref: str) -> HttpResponse:
    """Do it, if it is still what was shown."""
    _found(ref)
    here = reverse("backoffice:erasure_request", args=[ref])
    if again := confirm_first(request, back=here):
        return again
    form = SeenForm(request.POST)
    said = form.cleaned_data if form.is_valid() else {"seen": "", "texts": False}
    try:
        erasing.erase_person(request_ref=ref, **said, by=actor_of(request))
    except RequestDecided:
        messages.info(request, _("This was decided before. Nothing was changed now."))
    except erasing.PassedOn:
        messages.error(request, _("Another account has this address by now. Nothing was erased."))
        return redirect(here)
    except erasing.PlanChanged:
        messages.error(request, _("There is more or less to erase than you were shown. Look again, then decide."))
        return redirect(here)
    except erasing.OwnsCustomer as error:
        owned = _("The person owns %(customers)s, which has to be handed over first. Nothing was erased.")
        messages.error(request, owned % {"customers": ", ".join(error.args)})
        return redirect(here)
    except erasing.IsStaff:
        messages.error(request, _("This address is a colleague’s. Accounts of staff are not erased here."))
        return redirect(here)
    else:
        messages.success(request, _("The person is erased, and gets a last mail that says so."))
    return redirect("backoffice:erasure_requests")


@staff_may("handle_personal_data")
@require_POST
def decline_erasure(request: HttpRequest, ref: str) -> HttpResponse:
    """Say no, with a reason."""
    found, form = _found(ref), DeclineForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form, status=422)
    try:
        deeds.decline_erasure(request_ref=ref, reason=form.cleaned_data["reason"], by=actor_of(request))
    except RequestDecided:
        messages.info(request, _("This was decided before. Nothing was changed now."))
    else:
        messages.success(request, _("Nothing is erased. The person gets your reason by mail."))
    return redirect("backoffice:erasure_requests")


@staff_may("handle_personal_data")
@require_POST
def export_personal_data(request: HttpRequest, ref: str) -> HttpResponse:
    """Give what is stored of the person as a file, as they would get it themselves."""
    found = _found(ref)
    if again := confirm_first(request, back=reverse("backoffice:erasure_request", args=[ref])):
        return again
    if found.state != ErasureState.OPEN:
        messages.info(request, _("This was decided before. Nothing was changed now."))
        return redirect("backoffice:erasure_requests")
    user = person_with_mail(found.mail)
    if passed_on(found, user):
        messages.error(request, _("Another account has this address by now. Its data is not given out here."))
        return redirect("backoffice:erasure_request", found.ref)
    said = export.export_personal_data(user=user, mail=found.mail, customer_ref="", by=actor_of(request))
    response = HttpResponse(json.dumps(said, ensure_ascii=False, indent=2) + "\n", content_type="application/json")
    # Named by the request only: names of people stay out of names of files.
    response.headers["Content-Disposition"] = f'attachment; filename="personal-data-{found.ref}.json"'
    add_never_cache_headers(response)
    return response


def _found(ref: str) -> ErasureRequest:
    row = request_of(ref)
    if row is None:
        raise Http404
    return row


def _show(request: HttpRequest, found: ErasureRequest, form: DeclineForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"row": found, "form": form, "today": clock.today(the_vendor().time_zone)}
    if found.state == ErasureState.OPEN:
        person = person_across_customers(found.mail)
        context["passed_on"] = passed_on(found, person.user)
        context["plan"] = None if context["passed_on"] else plan_across_customers(person)
    return render(request, "backoffice/personal_data/erasure_request.html", context, status=status)
