"""Separate processes for tests: they see the test's committed data, and may be killed at any moment."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from tests import warm

ROOT = Path(__file__).parent.parent


def environment(**extra) -> dict[str, str]:
    """The environment of a process that works on the test database of this test."""
    values = dict(os.environ) | {"DJANGO_SETTINGS_MODULE": "torhaus.config.settings", "PYTHONUNBUFFERED": "1"}
    db = connection.settings_dict
    if connection.vendor == "sqlite":
        # The process finds the test database under the name it expects; SQLite follows the link for its WAL too.
        folder = Path(settings.DATA_DIR) / f"child-{Path(db['NAME']).name}"
        folder.mkdir(exist_ok=True)
        link = folder / "torhaus.sqlite3"
        if not link.exists():
            link.symlink_to(db["NAME"])
        values["TORHAUS_DATA_DIR"] = str(folder)
        values.pop("TORHAUS_DATABASE_URL", None)
    else:
        host, port, user, password = (quote(str(db[name]), safe="") for name in ("HOST", "PORT", "USER", "PASSWORD"))
        values["TORHAUS_DATABASE_URL"] = f"postgresql://{user}:{password}@{host}:{port}/{db['NAME']}"
    return values | {name: str(value) for name, value in extra.items()}


def start(*arguments, env=None, **options) -> subprocess.Popen:
    """Start the interpreter with ``arguments``; its standard error is kept with its output."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=env or environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        **options,
    )


def start_code(code: str, **options) -> subprocess.Popen:
    """Start a process that sets Django up and runs ``code``."""
    return start("-c", "import django; django.setup()\n" + code, **options)


def run(*arguments, timeout=60, env=None) -> subprocess.CompletedProcess:
    """Run the interpreter with ``arguments`` to its end."""
    return warm.run(arguments, env=env or environment(), cwd=ROOT, timeout=timeout, together=True)


def torhaus(*arguments, **options) -> subprocess.CompletedProcess:
    """Run the `torhaus` command."""
    return run("-c", "from torhaus.console.main import app; app()", *arguments, **options)


def finish(process: subprocess.Popen, timeout=60) -> str:
    """Wait for a process that must end well; give its output."""
    output, _ = process.communicate(timeout=timeout)
    assert process.returncode == 0, output
    return output


def wait_for(condition, timeout=20.0, what="the condition") -> None:
    """Wait until ``condition()`` holds."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited {timeout} s in vain for {what}")
