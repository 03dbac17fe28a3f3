"""The public keys that are still trusted: of licences as a JSON Web Key Set (RFC 7517), of releases for minisign."""

from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from torhaus.frame.access import public_file
from torhaus.releases.minisign import release_public_keys
from torhaus.vendor.keys import trusted_keys
from torhaus_sdk.jwks import MEDIA_TYPE, jwks

# Short, so that a product soon learns of a new key, and that one is distrusted.
_MAX_AGE = 300


@public_file
@require_safe
def signing_keys(request: HttpRequest) -> HttpResponse:
    """Active and retired licence keys; distrusted ones and those of releases are not among them."""
    text = jwks(trusted_keys()) + "\n"
    etag = f'"{sha256(text.encode("ascii")).hexdigest()[:32]}"'
    response = HttpResponse(text, content_type=MEDIA_TYPE)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"public, max-age={_MAX_AGE}"
    return get_conditional_response(request, etag=etag, response=response) or response


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
