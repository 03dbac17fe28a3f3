"""Run every check that needs no running portal, all of them even if one fails, and name those that did."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def checks() -> dict[str, list[str]]:
    """Give the command of every check by its name."""
    python = [sys.executable]
    listed = subprocess.run(
        ["git", "ls-files", "src/torhaus/*.html"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    templates = [name for name in listed.stdout.split() if "/templates/" in name and (ROOT / name).is_file()]
    return {
        "lint": [str(BIN / "ruff"), "check", "."],
        "format": [str(BIN / "ruff"), "format", "--check", "."],
        "templates": [str(BIN / "djade"), "--target-version", "5.2", "--check", *templates],
        "types": [str(BIN / "mypy")],
        "floors": [str(BIN / "lint-imports"), "--no-cache"],
        "locks": [*python, "-m", "scripts.check_locks"],
        "documents": [*python, "-m", "scripts.document_settings", "--check"],
        "roles": [*python, "-m", "scripts.document_roles", "--check"],
        "personal data": [*python, "-m", "scripts.document_personal_data", "--check"],
        "reference": [*python, "-m", "scripts.document_sdk", "--check"],
        "migrations": [*python, "manage.py", "makemigrations", "--check", "--dry-run"],
        "django": [*python, "manage.py", "check", "--fail-level", "WARNING"],
        "house": [*python, "-m", "pytest", "-n", str(min(os.cpu_count() or 1, 4)), "tests/house"],
    }


def main() -> int:
    """Give 0 when all is well."""
    failed = []
    for name, command in checks().items():
        started = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        print(f"{'ok' if done.returncode == 0 else 'FAILED':7} {name} ({time.monotonic() - started:.1f} s)", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stdout, flush=True)
    if failed:
        print(f"make check: failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
