"""Files beside the vendor's files: invoices as PDF, and the logo. Nothing outside the folder is touched."""

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

MOST_PDF = 20 * 1024 * 1024
MOST_LOGO = 200 * 1024
CHUNK = 256 * 1024


class Attachment(NamedTuple):
    """A file that was looked at: its SHA-256 (hex), size in bytes and media type."""

    path: Path
    sha256: str
    size: int
    media_type: str


class BadAttachment(ValueError):
    """The file is missing, outside the folder, too large, or of another type; the text says which."""


def look_at_pdf(folder: Path, name: str) -> Attachment:
    """Check the PDF ``name`` beside the files in ``folder``. Raises BadAttachment."""
    path = _inside(folder, name)
    with path.open("rb") as file:
        if file.read(5) != b"%PDF-":
            raise BadAttachment(f"expected a PDF file; '{name}' does not begin like one")
    return _measured(path, name, MOST_PDF, "20 MB", "application/pdf")


def look_at_logo(folder: Path, name: str) -> Attachment:
    """Check the logo ``name``: PNG, JPEG or WebP. SVG can carry script and is refused. Raises BadAttachment."""
    path = _inside(folder, name)
    with path.open("rb") as file:
        begin = file.read(12)
    media_type = _image_type(begin)
    if not media_type:
        raise BadAttachment(f"expected a PNG, JPEG or WebP file; '{name}' is none of them")
    return _measured(path, name, MOST_LOGO, "200 kB", media_type)


def _image_type(begin: bytes) -> str:
    if begin.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if begin.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if begin[:4] == b"RIFF" and begin[8:12] == b"WEBP":
        return "image/webp"
    return ""


def _inside(folder: Path, name: str) -> Path:
    """Give the file ``name`` of the folder; dots, absolute names and links that lead out of it are refused."""
    plain = PurePosixPath(name)
    if plain.is_absolute() or ".." in plain.parts or "\\" in name or ":" in name:
        raise BadAttachment(f"expected the name of a file beside this one, found '{name[:60]}'")
    root = folder.resolve()
    try:
        path = (root / plain).resolve(strict=True)
        found = path.is_file()
    except (OSError, RuntimeError):
        raise BadAttachment(f"expected the file '{name[:60]}' in {folder}, found none") from None
    if not path.is_relative_to(root):
        raise BadAttachment(f"expected a file inside {folder}; '{name[:60]}' leads out of it")
    if not found:
        raise BadAttachment(f"expected the file '{name[:60]}' in {folder}, found none")
    return path


def _measured(path: Path, name: str, most: int, most_shown: str, media_type: str) -> Attachment:
    if path.stat().st_size > most:
        raise BadAttachment(f"expected at most {most_shown}; '{name}' is larger")
    digest, size = hashlib.sha256(), 0
    for chunk in chunks(path):
        digest.update(chunk)
        size += len(chunk)
    return Attachment(path, digest.hexdigest(), size, media_type)


def chunks(path: Path) -> Iterator[bytes]:
    """Give the bytes of a file piece by piece."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
