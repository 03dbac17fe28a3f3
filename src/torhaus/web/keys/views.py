"""The public keys of everything that signs licences and is still trusted, as a JSON Web Key Set (RFC 7517)."""

from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from torhaus.frame.access import public_file
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
