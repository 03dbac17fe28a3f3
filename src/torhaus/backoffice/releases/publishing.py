"""Publish a version of a product or of an add-on: files by the script or by the ordinary form, then what is said of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from torhaus.backoffice.releases.forms import PublishAddOnForm, PublishForm, PublishReleaseForm, initial_of
from torhaus.backoffice.releases.receiving import PREFIX, KeptUploads
from torhaus.backoffice.releases.slots import ADD_ON_KINDS, RELEASE_KINDS, FilesForm
from torhaus.backoffice.releases.tus import staff_of
from torhaus.catalogue.choices import add_ons_to_choose, products_to_choose
from torhaus.frame.access import staff_may
from torhaus.frame.uploads import takes_files
from torhaus.journeys.ask_to_publish import UploadsChanged, ask_to_publish
from torhaus.releases import uploads
from torhaus.releases.add_on_package import AddOnPackage, read_package
from torhaus.releases.models import FileKind, PublishRequest, PublishState
from torhaus.releases.refusals import PublishRefused
from torhaus.releases.staff_queries import request_of

_PACKAGES = tuple(kind for kind in RELEASE_KINDS if kind is not FileKind.SBOM)


@staff_may("publish_release")
@takes_files(KeptUploads)
@require_http_methods(["GET", "HEAD", "POST"])
def publish_release(request: HttpRequest) -> HttpResponse:
    """Ask for a version of a product and its files; a background job then checks and publishes them."""
    again, products = _again(request), products_to_choose()
    files = FilesForm(request, RELEASE_KINDS, again.said.get("files") if again else None)
    form = PublishReleaseForm(_data(request), initial=initial_of(again.said) if again else None, products=products)
    page = "backoffice/releases/publish_release.html"
    if request.method != "POST":
        return _ask(request, page, form, files, 200)
    if request.POST.get("step") == "preview":
        files.is_valid()
        return _preview(request, page, PublishReleaseForm(initial=request.POST.dict(), products=products), files)
    valid = [form.is_valid(), files.is_valid()]
    some = files.require(_PACKAGES, _("Choose at least one file that customers can install."))
    if not all(valid) or not some:
        return _ask(request, page, form, files, 422)
    product = form.products[form.cleaned_data["product"]]
    return _wanted(request, page, form, files, {"of": product.key}, product=product)


@staff_may("publish_release")
@takes_files(KeptUploads)
@require_http_methods(["GET", "HEAD", "POST"])
def publish_add_on(request: HttpRequest) -> HttpResponse:
    """Look into the ZIP of an add-on, show what it says, and ask for it to be published."""
    again = _again(request)
    files = FilesForm(request, ADD_ON_KINDS, again.said.get("files") if again else None)
    step, page = request.POST.get("step", ""), "backoffice/releases/publish_add_on.html"
    # In the first step only the file is asked for; what is said of it comes with the second.
    data = request.POST if step in {"preview", "publish"} else None
    add_ons = add_ons_to_choose()
    form = PublishAddOnForm(data, initial=initial_of(again.said) if again else None, add_ons=add_ons)
    if request.method != "POST" and not files.uploads:
        return _ask(request, page, form, files, 200)
    valid = request.method != "POST" or (
        files.is_valid() and files.require((FileKind.ADD_ON,), _("Choose the add-on’s ZIP."))
    )
    package = _package(files)
    shown = {"add_on": _shown(package)} if package else {}
    if not valid or package is None:
        return _ask(request, page, form, files, 422 if request.method == "POST" else 200, **shown)
    if step == "preview":
        return _preview(request, page, PublishAddOnForm(initial=request.POST.dict(), add_ons=add_ons), files, **shown)
    if step != "publish":
        return _ask(request, page, form, files, 200, **shown)
    if not form.is_valid():
        return _ask(request, page, form, files, 422, **shown)
    said = {"of": package.manifest["title"], "version": package.version}
    return _wanted(request, page, form, files, said, product=None, **shown)


def _again(request: HttpRequest) -> PublishRequest | None:
    """Give one's own refused request that is to be corrected."""
    found = request_of(request.GET.get("again", "")) if request.method != "POST" else None
    return found if found and found.by == request.user and found.state == PublishState.REFUSED else None


def _data(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _wanted(
    request: HttpRequest, page: str, form: PublishForm, files: FilesForm, more: dict[str, Any], **context: Any
) -> HttpResponse:
    product = context.pop("product")
    try:
        said = {**form.said(), **more}
        asked = ask_to_publish(product=product, said=said, files=files.chosen(), by=staff_of(request))
    except UploadsChanged:
        files.add_error(PREFIX + files.slots()[0].kind, _("A file was changed meanwhile. Choose it again."))
        return _ask(request, page, form, files, 422, **context)
    return redirect("backoffice:publish_request", ref=asked.ref)


def _preview(request: HttpRequest, page: str, form: PublishForm, files: FilesForm, **context: Any) -> HttpResponse:
    """Show the form as it was sent, with the notes above it; what is wrong in it is said when it is published."""
    return _ask(request, page, form, files, 200, preview=form.notes() or {"": "–"}, **context)


def _ask(
    request: HttpRequest, page: str, form: PublishForm, files: FilesForm, status: int, **context: Any
) -> HttpResponse:
    slots = files.slots()
    used = {slot.upload.pk for slot in slots if slot.upload}
    context |= {
        "form": form,
        "files": files,
        "slots": slots,
        "gib": uploads.largest() // 1024**3,
        "waiting": [one for one in uploads.waiting_uploads_of(staff_of(request)) if one.pk not in used],
    }
    return render(request, page, context, status=status)


def _package(files: FilesForm) -> AddOnPackage | None:
    """Read the ZIP, if it is here; why it cannot be published is said at its field."""
    upload = files.uploads.get(FileKind.ADD_ON)
    if upload is None or not uploads.is_complete(upload):
        return None
    try:
        return read_package(uploads.path_of(upload))
    except PublishRefused as refusal:
        # The file is called by the name it came with, not by that under which it lies here.
        detail = upload.name if refusal.detail == upload.ref else refusal.detail
        if files.is_bound:
            files.add_error(PREFIX + FileKind.ADD_ON, str(PublishRefused(refusal.reason, detail)))
        return None


def _shown(package: AddOnPackage) -> dict[str, Any]:
    needs = package.manifest["dependencies"]
    lines = [f"{name} {value}" for name, value in needs.items()] if isinstance(needs, dict) else map(str, needs)
    core = package.manifest["requirements"].get("core", "")
    return {**package.manifest, "core": core, "dependencies": list(lines)}
