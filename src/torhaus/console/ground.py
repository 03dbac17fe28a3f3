"""What every installation stands on: data folder, secret key, migrated database, static files."""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

SECRET_KEY_BYTES = 48


def lay_ground() -> None:
    """Make the data folder, a secret key where none is configured, the tables and the static files."""
    ensure_data_dir()
    ensure_secret_key()
    migrate()


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
    handle = os.open(settings.DATA_DIR / "secret-key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key + "\n")
    settings.SECRET_KEY = key
    return True


def migrate() -> None:
    """Bring the tables to this version."""
    call_command("migrate", interactive=False, verbosity=0)
    connection.close()
