"""The public keys that are still trusted: of licences as a JSON Web Key Set (RFC 7517), of releases for minisign.

Beside them the signed list of licence files that were taken back.
"""

from hashlib import sha256

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from torhaus.frame.access import public_file
from torhaus.licensing.revocations import EVERY, REVOCATIONS
from torhaus.releases.minisign import release_public_keys
from torhaus.vendor.key_sets import offered_sets
from torhaus.vendor.keys import NoSigningKey, UnreadableKey, trusted_keys
from torhaus.vendor.queries import NoVendor
from torhaus_sdk.jwks import MEDIA_TYPE, jwks
from torhaus_sdk.revocations import REVOCATIONS_TYPE

# Short, so that a product soon learns of a new key, and that one is distrusted.
_MAX_AGE = 300
REVOCATIONS_MEDIA_TYPE = f"application/{REVOCATIONS_TYPE}"


@public_file
@require_safe
def signing_keys(request: HttpRequest) -> HttpResponse:
    """Active and retired licence keys; distrusted ones and those of releases are not among them."""
    return _cached(request, jwks(trusted_keys()) + "\n", kind=MEDIA_TYPE, seconds=_MAX_AGE)


@public_file
@require_safe
def revocations(request: HttpRequest) -> HttpResponse:
    """Give the signed list of licence files that must not be relied on any more; at most a minute old (R52)."""
    try:
        text = REVOCATIONS.text() + "\n"
    except (NoSigningKey, UnreadableKey, NoVendor):
        later = {"Retry-After": str(EVERY), "Cache-Control": "no-store"}
        return HttpResponse("no list can be signed now\n", status=503, content_type="text/plain", headers=later)
    return _cached(request, text, kind=REVOCATIONS_MEDIA_TYPE, seconds=EVERY)


def _cached(request: HttpRequest, text: str, *, kind: str, seconds: int) -> HttpResponse:
    """Answer with a public text that may be kept for some seconds, or that it has not changed."""
    etag = f'"{sha256(text.encode("ascii")).hexdigest()[:32]}"'
    response = HttpResponse(text, content_type=kind)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    return get_conditional_response(request, etag=etag, response=response) or response


@public_file
@require_safe
def signed_key_sets(_request: HttpRequest) -> HttpResponse:
    """Give signed sets of the licence keys, so that a product that trusts an older key learns the newer ones."""
    response = JsonResponse({"statements": offered_sets()})
    response.headers["Cache-Control"] = f"public, max-age={_MAX_AGE}"
    return response


@public_file
@require_safe
def minisign_keys(_request: HttpRequest) -> HttpResponse:
    """Give a public key file of minisign: the key that signs now comes first, as ``minisign -p`` reads it.

    Earlier keys, whose signatures still count, and one to come follow in the same form; minisign
    reads the first only, the others are named by ``minisign -P``.
    """
    text = "".join(key.file for key in release_public_keys())
    response = HttpResponse(
        text or "untrusted comment: no release has been signed yet\n", content_type="text/plain; charset=utf-8"
    )
    response.headers["Cache-Control"] = f"public, max-age={_MAX_AGE}"
    return response
