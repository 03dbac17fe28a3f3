"""What is built once at set-up and again when its sources change: translations, the font, static files."""

import hashlib
import subprocess
import sys
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import fontpkg
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from torhaus.frame.branding import FONT
from torhaus.frame.catalogues import compile_messages

# Latin with its supplement and Extended-A, typographic marks, the euro, arrows and signs the pages use.
_CHARACTERS = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *range(0x2010, 0x2028),
    *(0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x20AC, 0x2116, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x2248),
    *(0x2260, 0x2264, 0x2265, 0x2713),
)
_FEATURES = ("kern", "tnum", "ccmp", "locl", "mark", "mkmk")
# Files of the packages that no page uses; compressing them would take most of the time.
_UNUSED = ("htmax-*", "htmx-4*", "hx-*", "django-htmx.js")
_STAMP = "static.stamp"


def build() -> bool:
    """Compile translations, build the font, collect and compress static files; only what changed.

    Gives whether static files were collected.
    """
    compile_messages()
    build_font()
    stamp = settings.DATA_DIR / _STAMP
    sources = _digest_of_sources()
    collected = (settings.STATIC_ROOT / "staticfiles.json").is_file()
    if collected and stamp.is_file() and stamp.read_text("ascii") == sources:
        return False
    _collect()
    stamp.write_text(sources, "ascii")
    return True


def build_font() -> bool:
    """Write the subset of Inter into the data folder if it is missing or of another version."""
    target: Path = settings.DATA_DIR / FONT
    made_from = settings.DATA_DIR / "font.stamp"
    wanted = f"{version('fontpkg-inter')} {hashlib.sha256(repr(_CHARACTERS).encode()).hexdigest()[:8]}"
    if target.is_file() and made_from.is_file() and made_from.read_text("ascii") == wanted:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    narrowed = instancer.instantiateVariableFont(TTFont(fontpkg.path("Inter")), {"opsz": 14, "wght": (400, 700)})
    between = BytesIO()
    narrowed.save(between)  # the subsetter needs the tables as read from a file
    font = TTFont(between, recalcTimestamp=False)
    options = subset.Options(layout_features=list(_FEATURES), flavor="woff2", hinting=False)
    maker = subset.Subsetter(options)
    maker.populate(unicodes=_CHARACTERS)
    maker.subset(font)
    unfinished = target.with_suffix(".incoming")
    subset.save_font(font, str(unfinished), options)
    unfinished.replace(target)
    made_from.write_text(wanted, "ascii")
    return True


def _collect() -> None:
    """Collect in a process of its own: this one read its settings before the font existed."""
    ignored = [part for pattern in _UNUSED for part in ("--ignore", pattern)]
    command = [sys.executable, "-m", "django", "collectstatic", "--no-input", "--clear", "--verbosity", "0", *ignored]
    subprocess.run(  # noqa: S603 - our own interpreter and fixed arguments
        [*command, "--settings", "torhaus.config.settings"], check=True
    )


def _digest_of_sources() -> str:
    """Give a digest of names, sizes and times of all static sources, and of what processes them."""
    digest = hashlib.sha256("\n".join(f"{name} {version(name)}" for name in ("Django", "whitenoise", "Brotli")).encode())
    for finder in get_finders():
        for name, storage in finder.list(["inter.*", *_UNUSED]):
            path = Path(storage.path(name))
            state = path.stat()
            digest.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    font: Path = settings.DATA_DIR / FONT
    digest.update(hashlib.sha256(font.read_bytes()).digest())
    return digest.hexdigest()
