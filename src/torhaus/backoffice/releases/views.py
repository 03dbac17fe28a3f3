"""The list of versions, each version with its files and who fetched them, withdrawing and restoring."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.backoffice.finding import page_of_all, rights_of
from torhaus.backoffice.releases.forms import FindForm, WithdrawForm
from torhaus.backoffice.releases.rows import list_row, request_row, state_of
from torhaus.backoffice.releases.slots import LABELS
from torhaus.backoffice.releases.tus import staff_of
from torhaus.backoffice.rows import record_row
from torhaus.catalogue.choices import products_to_choose
from torhaus.core import clock
from torhaus.frame.access import actor_of, staff_may
from torhaus.releases import uploads
from torhaus.releases.models import FileKind, Release
from torhaus.releases.staff_queries import (
    Published,
    downloads_across_customers,
    files_of,
    found_versions,
    history_of,
    name_of,
    published_of,
    request_of,
    requests_to_show,
    rows_across_customers,
)
from torhaus.releases.withdraw_release import NothingToChange, UnknownRelease
from torhaus.releases.withdraw_release import restore_release as restore_release_deed
from torhaus.releases.withdraw_release import withdraw_release as withdraw_release_deed

_REQUESTS = 20
_RECORDS = 15


@staff_may("see_releases")
@require_safe
def releases(request: HttpRequest) -> HttpResponse:
    """Show the versions of products and add-ons, newest first, or those that were looked for."""
    form = FindForm(request.GET, products=products_to_choose())
    wanted = form.cleaned_data if form.is_valid() else {"q": "", "product": "", "channel": ""}
    found = found_versions(product=wanted["product"], text=wanted["q"], channel=wanted["channel"])
    page = page_of_all(request, found)
    now = clock.now()
    context = {
        "form": form,
        "filtered": any(wanted.values()),
        "page": page,
        "rows": [list_row(row, now) for row in rows_across_customers(page.object_list)],
        "requests": [request_row(one) for one in requests_to_show(now - uploads.KEPT, _REQUESTS)],
        "rights": rights_of(request),
    }
    return render(request, "backoffice/releases/releases.html", context)


@staff_may("see_releases")
@require_safe
def release(request: HttpRequest, ref: str) -> HttpResponse:
    """Show a version: its files with checksum and signature, its notes, and who fetched it."""
    return render(request, "backoffice/releases/release.html", _shown(request, _find(ref)))


@staff_may("publish_release")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_release(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for the reason, then offer a version no longer."""
    return _change(request, ref, withdraw_release_deed, _("The version %(version)s is no longer offered."))


@staff_may("publish_release")
@require_http_methods(["GET", "HEAD", "POST"])
def restore_release(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for the reason, then offer a withdrawn version again."""
    return _change(request, ref, restore_release_deed, _("The version %(version)s is offered again."))


@staff_may("see_releases")
@require_safe
def publish_request(request: HttpRequest, ref: str) -> HttpResponse:
    """Show how far the publishing of a version is, and why it was refused."""
    found = request_of(ref)
    if found is None:
        raise Http404
    published = found.release or found.add_on_release
    context = {"asked": request_row(found), "published": published, "mine": found.by == request.user}
    return render(request, "backoffice/releases/publish_request.html", context)


@staff_may("publish_release")
@require_POST
def end_upload(request: HttpRequest, ref: str) -> HttpResponse:
    """Remove one's own unfinished upload, by the ordinary form of the page."""
    found = uploads.upload_of(ref, staff_of(request))
    if found is None:
        raise Http404
    if found.request_id is not None:
        messages.info(request, _("This file is being published and cannot be removed."))
    else:
        uploads.end_upload(upload=found)
        messages.success(request, _("The upload of %(name)s was removed.") % {"name": found.name})
    return redirect("backoffice:publish_add_on" if "add_on" in request.POST else "backoffice:publish_release")


def _find(ref: str) -> Published:
    found = published_of(ref)
    if found is None:
        raise Http404
    return found


def _shown(request: HttpRequest, found: Published) -> dict[str, Any]:
    of_product = isinstance(found, Release)
    return {
        "release": found,
        "name": name_of(found),
        "of_product": of_product,
        "state": state_of(found, clock.now()),
        "files": [(file, LABELS[FileKind(file.kind)]) for file in files_of(found)],
        "elsewhere": found.packages if isinstance(found, Release) else [],
        "page": page_of_all(request, downloads_across_customers(found)),
        "records": [
            replace(record_row(record, name), about=record.after.get("reason", ""))
            for record, name in history_of(found, _RECORDS)
        ],
        "rights": rights_of(request),
    }


def _change(request: HttpRequest, ref: str, deed: Any, done: str) -> HttpResponse:
    found = _find(ref)
    withdraws = deed is withdraw_release_deed
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        context = {"release": found, "name": name_of(found), "form": form, "withdraws": withdraws}
        status = 422 if request.method == "POST" else 200
        return render(request, "backoffice/releases/withdraw_release.html", context, status=status)
    try:
        deed(ref=ref, reason=form.cleaned_data["reason"], by=actor_of(request))
    except UnknownRelease:
        raise Http404 from None
    except NothingToChange:
        messages.info(request, _("That was done already."))
    else:
        messages.success(request, done % {"version": found.version})
    return redirect("backoffice:release", ref=ref)
