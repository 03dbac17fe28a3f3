"""What allauth's second factors ask of the portal: how secrets are kept, and as whom passkeys know us."""

from typing import Any
from urllib.parse import urlsplit

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from qrcode.image.svg import SvgPathFillImage

from torhaus.accounts.models import User
from torhaus.core.sealed import seal, unseal

_PURPOSE = b"torhaus second factors v1"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Secrets of factors are encrypted (R11); a passkey belongs to the portal's host name and to a person's reference."""

    def encrypt(self, text: str) -> str:
        """Seal a secret for keeping."""
        return seal(text.encode(), purpose=_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what was kept."""
        return unseal(encrypted_text, purpose=_PURPOSE).decode()

    def get_totp_issuer(self) -> str:
        """Name the portal in an authenticator app."""
        return relying_host()

    def build_totp_svg(self, url: str) -> str:
        """Draw a QR code, dark on white in either theme."""
        return str(qrcode.make(url, image_factory=SvgPathFillImage).to_string(encoding="unicode"))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the portal to passkeys: the host name that customers use."""
        return {"id": relying_host(), "name": relying_host()}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """Name the person to a passkey; the handle it keeps says nothing about them."""
        return {"id": user.ref.encode("ascii"), "display_name": user.name, "name": user.mail}


def relying_host() -> str:
    """Give the host name of the portal's public address."""
    return urlsplit(settings.OPTIONS.public_url).hostname or "localhost"
