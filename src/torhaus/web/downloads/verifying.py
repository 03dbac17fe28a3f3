"""The commands by which customers check what they downloaded, ready to be copied."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from torhaus.web.downloads.shown import FileRow


@dataclass(frozen=True)
class Commands:
    """How to check one file: by its checksum on each system, and by its signature."""

    name: str
    unix: str
    mac: str
    powershell: str
    cmd: str
    minisign: Sequence[str]
    checksums_url: str


def commands_for(rows: Sequence[FileRow], keys: Sequence[str], *, release_ref: str) -> Commands | None:
    """Give the commands for the first of these files that has a checksum; None if there is none."""
    row = next((row for row in rows if row.sha256 and row.name and row.kind != "sbom"), None)
    if row is None:
        return None
    line = shlex.quote(f"{row.sha256}  {row.name}")
    quoted = row.name.replace("'", "''")
    return Commands(
        name=row.name,
        unix=f"echo {line} | sha256sum --check",
        mac=f"echo {line} | shasum -a 256 --check",
        powershell=f"(Get-FileHash -Algorithm SHA256 -LiteralPath '{quoted}').Hash -eq '{row.sha256.upper()}'",
        cmd=f'certutil -hashfile "{row.name}" SHA256',
        minisign=[f"minisign -V -P {key} -m {_path(row.name)}" for key in keys] if row.signature_url else [],
        checksums_url=reverse("web:checksums", args=[release_ref]) if row.signature_url else "",
    )


def _path(name: str) -> str:
    """Give a name as a word of a command; one that begins with a hyphen would be taken for an option."""
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def release_public_keys() -> list[str]:
    """Give the vendor's keys to trust for files."""
    return []
