"""What every installation stands on: data folder, secret key, migrated database, static files.

What is made from the package is stamped with what it was made from, and made again only when that changes.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from torhaus.frame.build import build

SECRET_KEY_BYTES = 48
STAMPS = "stamps.json"


def lay_ground() -> None:
    """Make whatever is missing of the data folder, the secret key, the tables and what is built."""
    ensure_data_dir()
    ensure_secret_key()
    migrate()
    build()


def ensure_data_dir() -> bool:
    """Make the data folder, for this user only; whether it was missing."""
    folder: Path = settings.DATA_DIR
    missing = not folder.is_dir()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return missing


def ensure_secret_key() -> bool:
    """Write a secret key into the data folder if none is configured; whether it was missing."""
    if settings.OPTIONS.secret_key or (settings.DATA_DIR / "secret-key").is_file():
        return False
    key = secrets.token_urlsafe(SECRET_KEY_BYTES)
    write_private(settings.DATA_DIR / "secret-key", key + "\n")
    settings.SECRET_KEY = key
    return True


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def migrate() -> None:
    """Bring the tables to this version."""
    call_command("migrate", interactive=False, verbosity=0)
    connection.close()


def migrations_digest() -> str:
    """Give the digest of all migrations of this version."""
    return digest_of(settings.PACKAGE.glob("*/migrations/*.py"))


def digest_of(paths: Iterable[Path]) -> str:
    """Give one digest over the names and contents of files."""
    whole = hashlib.sha256()
    for path in sorted(paths):
        whole.update(f"{path.parent.parent.name}/{path.name}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def stamp_of(name: str) -> str:
    """Give what ``name`` was last made from; empty for never."""
    return str(_stamps().get(name, ""))


def set_stamp(name: str, digest: str) -> None:
    """Note what ``name`` was made from."""
    write_private(settings.DATA_DIR / STAMPS, json.dumps(_stamps() | {name: digest}, indent=1))


def _stamps() -> dict[str, str]:
    path = settings.DATA_DIR / STAMPS
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}
