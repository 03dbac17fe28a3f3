"""The doors through which files leave: packages by links that end, signatures and checksums beside them."""

import logging

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from torhaus.core.storage import StoreUnavailable
from torhaus.frame import errors, problems
from torhaus.frame.access import Viewer, actor_of, viewer_of, viewer_or_token_may
from torhaus.frame.files import disposition, safe_name
from torhaus.frame.sending import send_stored_file, sends_files
from torhaus.releases.download_file import note_download
from torhaus.releases.links import UnusableLink, read_link
from torhaus.releases.models import ReleaseFile
from torhaus.releases.queries import claims_of, file_by_ref, files_beside, is_known
from torhaus.web.words import vendor_today

_log = logging.getLogger(__name__)
_security = logging.getLogger("torhaus.security")
# What the answer is when bytes leave, from here or from the store; a plain 307 leads to who sends them.
_SENT = frozenset({200, 206, 302})


@sends_files
@viewer_or_token_may("see_downloads")
@require_safe
def download_file(request: HttpRequest, ref: str, link: str) -> HttpResponseBase:
    """Send a file by a link of this contract. Who may is asked again here; the first request of a link is recorded."""
    viewer = viewer_of(request)
    if viewer.read_only:
        # Staff look with the customer's eyes; a download would stand in the customer's name.
        _security.warning("denied", extra={"event": {"actor": viewer.preview_by, "path": request.path}})
        return errors.forbidden(request)
    try:
        nonce = read_link(link, contract_ref=viewer.contract_ref, file_ref=ref)
    except UnusableLink:
        return _link_over(request)
    file = _entitled(request, viewer, ref)
    try:
        answer = send_stored_file(request, key=file.key, size=file.size, name=file.name)
    except FileNotFoundError:
        _log.exception("the file %s of a version is not in the store", file.ref)
        return _missing(request, 404)
    except StoreUnavailable:
        _log.exception("the store does not answer")
        return _missing(request, 503)
    if request.method == "GET" and answer.status_code in _SENT:
        try:
            note_download(link=nonce, contract=viewer.contract, file=file, by=actor_of(request))
        except BaseException:
            answer.close()
            raise
    return answer


def _entitled(request: HttpRequest, viewer: Viewer, ref: str) -> ReleaseFile:
    _vendor, today = vendor_today(request)
    file = file_by_ref(ref)
    if file is None or not claims_of(viewer.contract, today).to_file(file).allowed:
        raise Http404
    return file


def _link_over(request: HttpRequest) -> HttpResponse:
    """Say 404, the same for altered, foreign and ended links, and how to get a fresh one."""
    if problems.wants_problem(request):
        return problems.link_over(request)
    return render(request, "web/downloads/link_over.html", status=404)


def _missing(request: HttpRequest, status: int) -> HttpResponse:
    if problems.wants_problem(request):
        return problems.not_found(request) if status == 404 else problems.unavailable(request, retry_after=60)
    response = render(request, "web/downloads/file_missing.html", {"later": status == 503}, status=status)
    if status == 503:
        response.headers["Retry-After"] = "60"
    return response


@viewer_or_token_may("see_downloads")
@require_safe
def signature(request: HttpRequest, ref: str) -> HttpResponse:
    """Give a file's minisign signature. It lies open like the checksum, for whoever may know of the version."""
    file = file_by_ref(ref)
    if file is None or not file.signature or not _known(request, [file]):
        raise Http404
    return _text(file.signature, f"{safe_name(file.name)}.minisig")


@viewer_or_token_may("see_downloads")
@require_safe
def checksums(request: HttpRequest, ref: str) -> HttpResponse:
    """Give the SHA-256 of all files of a version, as ``sha256sum --check`` reads them."""
    files = _known(request, files_beside(ref))
    if not files:
        raise Http404
    return _text("".join(f"{file.key}  {safe_name(file.name)}\n" for file in files), "SHA256SUMS")


def _known(request: HttpRequest, files: list[ReleaseFile]) -> list[ReleaseFile]:
    """Give those of the files whose version the contract may know of."""
    _vendor, today = vendor_today(request)
    claims = claims_of(viewer_of(request).contract, today)
    return [file for file in files if is_known(claims.to_file(file))]


def _text(content: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = disposition(name)
    return response
