"""The ceremonies of passkeys (WebAuthn): what the browser is asked, and whether its answer is right.

The challenge lies in the session and is used up by the right answer. The portal's host name and the person's finger or
PIN are part of what is verified.
"""

import json
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError
from fido2.utils import websafe_decode

from torhaus.accounts.models import User
from torhaus.accounts.queries import active_person

_LONGEST = 20_000  # characters of an answer
_REFUSALS = (ValidationError, ValueError, TypeError, KeyError, AttributeError, InvalidSignature, RecursionError)


class PasskeyRefused(Exception):
    """The answer is not that of a passkey that counts here, or it came too late."""


def options_to_register(user: User) -> dict[str, Any]:
    """Ask for a new passkey of ``user`` that can sign in by itself."""
    return dict(webauthn.begin_registration(user, passwordless=True))


def registered(text: str) -> dict[str, Any]:
    """Give the credential that the browser made, verified.

    Raises:
        PasskeyRefused: it does not answer what was asked.
    """
    try:
        credential = _read(text)
        webauthn.parse_registration_response(credential)
        webauthn.complete_registration(credential)
    except _REFUSALS as error:
        raise PasskeyRefused from error
    return credential


def options_to_sign_in(user: User | None) -> dict[str, Any]:
    """Ask for any passkey of the portal's, or for one of ``user``."""
    return dict(webauthn.begin_authentication(user))


def proved(text: str, *, expected: User | None) -> tuple[User, Authenticator]:
    """Give whose passkey answered, and which; ``expected`` says whose it has to be.

    Raises:
        PasskeyRefused: nobody's who may come in.
    """
    try:
        response = _read(text)
        user = expected or _owner_of(response)
        if user is None:
            raise PasskeyRefused
        found: Authenticator = webauthn.complete_authentication(user, response)
    except _REFUSALS as error:
        raise PasskeyRefused from error
    return user, found


def _owner_of(response: dict[str, Any]) -> User | None:
    ref = websafe_decode(response["response"]["userHandle"]).decode("ascii")
    return active_person(ref=ref) if ref.isalnum() else None  # anything else is none of ours, and not to be looked up


def _read(text: str) -> dict[str, Any]:
    if len(text) > _LONGEST or "\x00" in text or "\\u0000" in text:  # written out, too: no database keeps it
        raise PasskeyRefused
    read = json.loads(text)
    if not isinstance(read, dict):
        raise PasskeyRefused
    return read
