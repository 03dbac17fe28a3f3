"""The commands by which customers check what they downloaded, ready to be copied."""

import base64
import binascii
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from torhaus.releases.minisign import key_id, public_key
from torhaus.vendor.keys import trusted_keys
from torhaus.vendor.models import KeyPurpose
from torhaus.web.downloads.shown import FileRow

# PowerShell ends a text at each of these (its specification, 2.3.5.2); doubled they stand for themselves.
_QUOTES = re.compile("['\u2018-\u201b]")


@dataclass(frozen=True)
class Commands:
    """How to check one file: by its checksum on each system, and by its signature."""

    name: str
    unix: str
    mac: str
    powershell: str
    cmd: str
    minisign: str
    checksums_url: str


def commands_for(rows: Sequence[FileRow], keys: Mapping[str, str], *, release_ref: str) -> Commands | None:
    """Give the commands for the first of these files that has a checksum; None if there is none.

    The signature is to be checked with the one of ``keys`` that it names; a key that is no longer
    trusted is not among them.
    """
    row = next((row for row in rows if row.sha256 and row.name and row.kind != "sbom"), None)
    if row is None:
        return None
    line = shlex.quote(f"{row.sha256}  {row.name}")
    key = keys.get(_signer(row.signature), "")
    quoted = _QUOTES.sub(r"\g<0>\g<0>", row.name)
    return Commands(
        name=row.name,
        unix=f"echo {line} | sha256sum --check",
        mac=f"echo {line} | shasum -a 256 --check",
        powershell=f"(Get-FileHash -Algorithm SHA256 -LiteralPath '{quoted}').Hash -eq '{row.sha256.upper()}'",
        cmd=f'certutil -hashfile "{row.name}" SHA256',
        minisign=f"minisign -V -P {key} -m {_path(row.name)}" if key else "",
        checksums_url=reverse("web:checksums", args=[release_ref]) if row.signature_url else "",
    )


def _path(name: str) -> str:
    """Give a name as a word of a command; one that begins with a hyphen would be taken for an option."""
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def signing_keys() -> dict[str, str]:
    """Give the vendor's public keys for files, those that are to be trusted, by the id that a signature names."""
    return {key_id(kid).hex(): public_key(kid, key).text for kid, key in trusted_keys(KeyPurpose.RELEASE).items()}


def _signer(signature: str) -> str:
    """Give the id of the key that a minisign signature names, or nothing for what is none."""
    lines = signature.splitlines()
    try:
        return base64.b64decode(lines[1], validate=True)[2:10].hex() if len(lines) > 1 else ""
    except binascii.Error:
        return ""
