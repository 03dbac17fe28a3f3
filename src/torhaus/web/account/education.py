"""Education terms: how the contract stands, ask with a proof, take the request back, fetch the proof again."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.catalogue.models import EducationCategory
from torhaus.catalogue.queries import education_categories_offered
from torhaus.frame.access import Viewer, actor_of, viewer_may, viewer_of
from torhaus.frame.attached_files import offered_files, takes_attachments
from torhaus.frame.errors import too_many
from torhaus.frame.sending import send_uploaded_file, sends_files
from torhaus.frame.throttling import count_about
from torhaus.frame.words import EDUCATION_LOOKS
from torhaus.journeys.request_education import (
    PROOF_KINDS,
    NotOffered,
    ProofMissing,
    WantedEducation,
    take_proof,
)
from torhaus.journeys.request_education import request_education as request_education_deed
from torhaus.subscriptions.education import (
    Education,
    EducationDecided,
    EducationOpen,
    TooManyRequests,
    UnknownEducationRequest,
    asked_too_often,
    education_of,
    education_request_of,
    proof_is_forgotten,
)
from torhaus.subscriptions.education_rules import OPEN_PROOF_KEPT, PROOF_KEPT
from torhaus.subscriptions.withdraw_education_request import (
    withdraw_education_request as withdraw_education_request_deed,
)
from torhaus.support.attachments import FilesRefused, Offered, Refusal, Why, largest_file
from torhaus.support.words import refusal_text
from torhaus.web.account.education_forms import EducationForm
from torhaus.web.words import size_text, vendor_today

# Forms of one contract within ten minutes, those with errors included.
LIMIT = 20


@viewer_may("see_account")
@require_safe
def education_terms(request: HttpRequest) -> HttpResponse:
    """Show how the contract stands, who can have education terms, and what to do next."""
    viewer, stands = viewer_of(request), _standing(request)
    offered = _offered(request)
    may_ask = viewer.may("request_education") and not viewer.read_only
    context = {
        "contract": viewer.contract,
        "stands": stands,
        "look": EDUCATION_LOOKS[stands.state],
        "days_left": (stands.mark.ends_on - stands.today).days if stands.mark and stands.mark.ends_on else None,
        "categories": offered,
        "may_ask": may_ask,
        "can_ask": may_ask and bool(offered) and stands.waiting is None,
        "kept_days": PROOF_KEPT.days,
        "open_days": OPEN_PROOF_KEPT.days,
        "forgotten": stands.waiting is not None and proof_is_forgotten(stands.waiting),
        "proof_size": size_text(stands.waiting.proof_size) if stands.waiting else "",
    }
    return render(request, "web/account/education_terms.html", context)


@viewer_may("request_education")
@takes_attachments
@require_http_methods(["GET", "HEAD", "POST"])
def request_education(request: HttpRequest) -> HttpResponse:
    """Ask for education terms, with a proof."""
    viewer, categories, stands = viewer_of(request), _offered(request), _standing(request)
    if not categories or stands.waiting is not None:
        if request.method == "POST":
            messages.info(request, _not_now(categories))
        return redirect("web:education_terms")
    if request.method != "POST":
        return _ask(request, EducationForm(initial=_known(viewer, stands), categories=categories), categories)
    if wait := count_about(viewer.contract_ref, door="education", limit=LIMIT):
        return too_many(request, retry_after=wait)
    form = EducationForm(request.POST, categories=categories)
    offered, refusals = offered_files(request)
    if not form.is_valid() or refusals:
        return _ask(request, form, categories, [_refused(one) for one in refusals], status=422)
    return _send(request, form, categories, offered)


@viewer_may("request_education")
@require_POST
def withdraw_education_request(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a request back; what was uploaded with it is deleted."""
    try:
        withdraw_education_request_deed(
            contract_ref=viewer_of(request).contract_ref, request_ref=ref, by=actor_of(request)
        )
    except UnknownEducationRequest:
        raise Http404 from None
    except EducationDecided:
        messages.info(request, _("This request was decided or taken back before. Nothing was changed now."))
    else:
        messages.success(request, _("Your request was taken back, and what you uploaded is deleted."))
    return redirect("web:education_terms")


@viewer_may("request_education")
@sends_files
@require_safe
def education_proof(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Give the customer's own proof; wherever it is shown all the same, it may run nothing."""
    found = education_request_of(viewer_of(request).contract_id, ref)
    if found is None or not found.proof_key:
        raise Http404
    return send_uploaded_file(
        request,
        about=f"the proof of {found.ref}",
        key=found.proof_key,
        size=found.proof_size,
        name=found.proof_name,
        content_type=found.proof_type,
    )


def _send(
    request: HttpRequest, form: EducationForm, categories: list[EducationCategory], offered: Sequence[Offered]
) -> HttpResponse:
    """Store the proof and send the request; what is refused is said above the form, if it can be before it is stored."""
    viewer = viewer_of(request)
    said = form.cleaned_data
    if asked_too_often(viewer.contract_id):
        return _too_often(request, form, categories)
    try:
        proof = take_proof(offered, contract=viewer.contract, by=actor_of(request))
        wanted = WantedEducation(said["category"], said["institution"], said["statement"], proof)
        request_education_deed(contract_ref=viewer.contract_ref, wanted=wanted, by=actor_of(request))
    except FilesRefused as refused:
        return _ask(request, form, categories, [_refused(one) for one in refused.refusals], status=422)
    except ProofMissing:
        return _ask(request, form, categories, [_("Choose the file that proves it.")], status=422)
    except TooManyRequests:
        return _too_often(request, form, categories)
    except (EducationOpen, NotOffered):
        messages.info(request, _not_now(categories))
    else:
        messages.success(request, _("Your request was sent. Our sales team checks it and answers by mail."))
    return redirect("web:education_terms")


def _too_often(request: HttpRequest, form: EducationForm, categories: list[EducationCategory]) -> HttpResponse:
    form.add_error(None, _("You have asked several times today. Nothing was sent. Try again tomorrow, or talk to us."))
    return _ask(request, form, categories, status=422)


def _standing(request: HttpRequest) -> Education:
    return education_of(viewer_of(request).contract_id, vendor_today(request)[1])


def _offered(request: HttpRequest) -> list[EducationCategory]:
    return education_categories_offered() if vendor_today(request)[0].education_terms else []


def _known(viewer: Viewer, stands: Education) -> dict[str, Any]:
    """Give what was said the last time, so that nobody enters it again."""
    last = stands.refusal or stands.mark
    said = {"category": last.category.key, "institution": last.institution} if last else {}
    return {"institution": viewer.customer_name} | {name: value for name, value in said.items() if value}


def _not_now(categories: list[EducationCategory]) -> str:
    if categories:
        return _("You have asked already, and our sales team will answer by mail. Nothing was sent now.")
    return _("Education terms are not offered. Nothing was sent; our sales team will gladly help.")


def _refused(refusal: Refusal) -> str:
    if refusal.why is Why.TOO_MANY:
        return _("Upload one file. Put several pages into one PDF.")
    if refusal.why is Why.KIND:
        return _("%(name)s is of a kind that is not taken. Upload a PDF, PNG or JPEG file.") % {"name": refusal.name}
    return refusal_text(refusal)


def _ask(
    request: HttpRequest,
    form: EducationForm,
    categories: list[EducationCategory],
    file_errors: list[str] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "categories": categories,
        "file_errors": file_errors or [],
        "choose_again": bool(request.FILES) and not file_errors,
        "most_mib": largest_file() // (1024 * 1024),
        "accept": ",".join(f".{kind}" for kind in PROOF_KINDS),
        "kept_days": PROOF_KEPT.days,
        "open_days": OPEN_PROOF_KEPT.days,
    }
    return render(request, "web/account/request_education.html", context, status=status)
