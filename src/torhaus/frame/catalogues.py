"""Translations compiled from the rooms' catalogues, by Babel, so that no gettext tools are needed."""

import os
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOMS = Path(__file__).resolve().parent.parent


def compile_messages() -> list[Path]:
    """Compile every catalogue that is newer than its compiled form; give those written.

    Raises:
        babel.messages.pofile.PoFileError: a catalogue is no proper .po file.
    """
    written = []
    for source in sorted(ROOMS.glob("*/locale/*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        if target.is_file() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        _compile(source, target)
        written.append(target)
    return written


def _compile(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".compiling-")
    with os.fdopen(handle, "wb") as out:
        write_mo(out, catalogue)
    Path(name).chmod(0o644)
    Path(name).replace(target)  # whole or not at all: several processes may compile at once
