"""What is built once at set-up and again when its sources change: translations, the font, static files."""

import hashlib
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

from torhaus.frame.branding import FONT
from torhaus.frame.catalogues import compile_messages

# Files of the packages that no page uses; compressing them would take most of the time.
_UNUSED = ("htmax-*", "htmx-4*", "hx-*", "django-htmx.js")


def build() -> bool:
    """Compile translations, build the font, collect and compress static files; only what changed.

    Gives whether static files were collected.

    Raises:
        subprocess.CalledProcessError: a step failed; its message went to standard error.
    """
    compile_messages()
    build_font()
    stamp = settings.DATA_DIR / "static.stamp"
    sources = _digest_of_sources()
    collected = (settings.STATIC_ROOT / "staticfiles.json").is_file()
    if collected and stamp.is_file() and stamp.read_text("ascii") == sources:
        return False
    # A process of its own: this one read its settings before the font existed.
    ignored = [part for pattern in _UNUSED for part in ("--ignore", pattern)]
    _run("django", "collectstatic", "--no-input", "--clear", "--verbosity=0", *ignored)
    stamp.write_text(sources, "ascii")
    return True


def build_font() -> bool:
    """Build the font if it is missing or made from other sources; whether it was built."""
    target: Path = settings.DATA_DIR / FONT
    stamp = settings.DATA_DIR / "font.stamp"
    recipe = Path(__file__).with_name("font.py").read_bytes()
    made_from = f"{version('fontpkg-inter')} {hashlib.sha256(recipe).hexdigest()}"
    if target.is_file() and stamp.is_file() and stamp.read_text("ascii") == made_from:
        return False
    # A process of its own: the tools are large and needed this once.
    _run("torhaus.frame.font", str(target))
    stamp.write_text(made_from, "ascii")
    return True


def _run(module: str, *arguments: str) -> None:
    settings_module = ["--settings", "torhaus.config.settings"] if module == "django" else []
    command = [sys.executable, "-m", module, *arguments, *settings_module]
    subprocess.run(command, check=True)  # noqa: S603 - our own interpreter and our own arguments


def _digest_of_sources() -> str:
    """Give a digest of names, sizes and times of all static sources, and of what processes them."""
    digest = hashlib.sha256(
        "\n".join(f"{name} {version(name)}" for name in ("Django", "whitenoise", "Brotli")).encode()
    )
    for finder in get_finders():
        for name, storage in finder.list([Path(FONT).name, *_UNUSED]):
            state = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    font: Path = settings.DATA_DIR / FONT
    digest.update(hashlib.sha256(font.read_bytes()).digest())
    return digest.hexdigest()
