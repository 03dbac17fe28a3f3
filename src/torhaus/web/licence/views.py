"""The offline licence and the licence token: see, issue, fetch, replace."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.core import clock
from torhaus.frame import sessions
from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.files import disposition
from torhaus.journeys.reset_token import reset_token as reset_token_deed
from torhaus.licensing.actions import IssuedToken, TokensChanged
from torhaus.licensing.activate_installation import TooManyInstallations
from torhaus.licensing.installations import machines_of
from torhaus.licensing.issue_offline_licence import NotIssued
from torhaus.licensing.issue_offline_licence import issue_offline_licence as issue_offline_licence_deed
from torhaus.licensing.models import OfflineFiles, OfflineLicence
from torhaus.licensing.offline_licences import draft_of, issued_licence, issued_licences, newest_licence, works
from torhaus.licensing.queries import tokens_of_contract, working_tokens
from torhaus.licensing.remove_installation import UnknownInstallation
from torhaus.vendor.keys import NoSigningKey, UnreadableKey, trusted_keys
from torhaus.web.licence.forms import MachineForm, ResetTokenForm
from torhaus.web.licence.words import FILE_LOOKS, REFUSALS, FileRow, contents_of, ends_soon, token_rows
from torhaus.web.words import vendor_today
from torhaus_sdk.licence import armour

PER_PAGE, TOKENS = 10, 10


@viewer_may("see_licence")
@require_safe
def offline_licence(request: HttpRequest) -> HttpResponse:
    """Show the licence file that counts, what it says, the tokens, and the files issued so far."""
    return _page(request)


def _page(request: HttpRequest, form: MachineForm | None = None) -> HttpResponse:
    """Give the page; with a form that was refused, to correct it."""
    viewer = viewer_of(request)
    vendor, _today = vendor_today(request)
    contract, trusted = viewer.contract, set(trusted_keys())
    tokens = tokens_of_contract(contract.pk)
    draft = draft_of(contract, vendor, tokens)
    page = Paginator(issued_licences(contract.pk), PER_PAGE).get_page(request.GET.get("page"))
    files = list(page)
    newest = next(iter(files), None) if page.number == 1 else newest_licence(contract.pk)
    bound = draft.policy.offline_files == OfflineFiles.BOUND
    context = {
        "contract": contract,
        "bound": bound,
        "form": form or (MachineForm(installations=machines_of(contract.pk)) if bound else None),
        "newest_seen": newest.number if newest else 0,
        "refusal": REFUSALS[draft.refusal] if draft.refusal else "",
        "changed": newest is not None and newest.content != draft.content,
        "page": page,
        "files": [_file_row(row, trusted) for row in files],
        "tokens": token_rows(tokens[:TOKENS], viewer.token_public_id),
        "may_issue": viewer.may("issue_offline_licence") and not viewer.read_only,
        "may_reset": viewer.may("reset_token") and not viewer.read_only,
    }
    if newest is not None:
        context |= _newest(newest, trusted) | {"says": contents_of(newest, contract.product, tokens)}
    return render(request, "web/licence/offline_licence.html", context, status=200 if form is None else 422)


def _newest(row: OfflineLicence, trusted: set[str]) -> dict[str, Any]:
    now = clock.now()
    valid = works(row, trusted, now)
    return {
        "newest": row,
        "valid": valid,
        "ends_soon": valid and ends_soon(row, now),
        "removed": row.installation is not None and row.installation.removed_at is not None,
        "distrusted": row.kid not in trusted,
        "text": armour(row.text) if valid else "",
    }


def _file_row(row: OfflineLicence, trusted: set[str]) -> FileRow:
    valid = works(row, trusted, clock.now())
    return FileRow(row, valid, FILE_LOOKS[valid])


@viewer_may("issue_offline_licence")
@require_POST
def issue_offline_licence(request: HttpRequest) -> HttpResponse:
    """Issue a licence file of what is booked now. The same form twice issues one."""
    viewer, seen, machine = viewer_of(request), request.POST.get("newest_seen", ""), None
    if "code" in request.POST:
        form = MachineForm(request.POST, installations=machines_of(viewer.contract_id))
        if not form.is_valid():
            return _page(request, form)
        machine = form.machine()
    try:
        row = issue_offline_licence_deed(
            contract_ref=viewer.contract_ref,
            newest_seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None,
            machine=machine,
            issued_by=viewer.token_label,
            by=actor_of(request),
        )
    except NotIssued as error:
        messages.error(request, REFUSALS[error.reason])
    except UnknownInstallation:
        messages.error(request, _("This installation was removed meanwhile. Choose another one."))
    except TooManyInstallations:
        full = _("No installation is free for this machine. Remove one that is no longer used, or ask us for more.")
        messages.error(request, full)
    except (NoSigningKey, UnreadableKey):
        messages.error(request, _("The portal cannot sign licences just now. Please tell our support."))
    else:
        said = _("Offline licence no. %(number)s is issued. Copy it or download the file.")
        messages.success(request, said % {"number": row.number})
    return redirect("web:offline_licence")


@viewer_may("see_licence")
@require_safe
def offline_licence_file(request: HttpRequest, ref: str) -> HttpResponse:
    """Give a licence file that still works, as it was issued."""
    row = issued_licence(viewer_of(request).contract_id, ref)
    if row is None or not works(row, set(trusted_keys()), clock.now()):
        raise Http404
    name = f"{viewer_of(request).contract_number}-{row.number}.licence.txt"
    response = HttpResponse(armour(row.text), content_type="text/plain; charset=us-ascii")
    response.headers["Content-Disposition"] = disposition(name)
    return response


@viewer_may("reset_token")
@require_http_methods(["GET", "HEAD", "POST"])
def reset_token(request: HttpRequest) -> HttpResponse:
    """Say what a new token means and ask when the older ones end; answer the form itself with the new token.

    There is no redirect to a page with the token, because it would have to lie somewhere in
    between. Sending the form again replaces nothing: it names the newest token it knew of.
    """
    form = ResetTokenForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _ask(request, form, 200)
    if not form.is_valid():
        return _ask(request, form, 422)
    viewer, overlap = viewer_of(request), form.cleaned_data["overlap"]
    try:
        issued = reset_token_deed(
            contract_ref=viewer.contract_ref,
            overlap=overlap,
            newest_seen=form.cleaned_data["newest_seen"],
            by_token=viewer.token_label,
            by=actor_of(request),
        )
    except TokensChanged:
        return _ask(request, form, 409)
    _go_on_with(request, issued)
    context = {"contract": viewer.contract, "issued": issued, "at_once": overlap == "0"}
    return render(request, "web/licence/token_replaced.html", context)


def _ask(request: HttpRequest, form: ResetTokenForm, status: int) -> HttpResponse:
    viewer = viewer_of(request)
    tokens = token_rows(tokens_of_contract(viewer.contract_id), viewer.token_public_id)
    if status != 422:
        newest = tokens[0].token.public_id if tokens else ""
        form = ResetTokenForm(initial={"overlap": "0", "newest_seen": newest})
    context = {
        "contract": viewer.contract,
        "form": form,
        "forms": [form],
        "working": working_tokens(viewer.contract_id),
        "changed": status == 409,
        "newest": tokens[0] if tokens else None,
    }
    return render(request, "web/licence/reset_token.html", context, status=status)


def _go_on_with(request: HttpRequest, issued: IssuedToken) -> None:
    """Let this session go on with the new token; those of the old one end with it."""
    viewer, row = viewer_of(request), issued.row
    if not viewer.token_public_id:
        return  # a person's session hangs on no token
    sessions.exchange_token(request, contract_ref=viewer.contract_ref, public_id=row.public_id)
    request.viewer = replace(  # type: ignore[attr-defined]  # read through viewer_of
        viewer, token_public_id=row.public_id, token_label=str(row), token_used_before=None
    )
