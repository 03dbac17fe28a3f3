"""Which files may be attached to a ticket: by what they are called, and by what they hold. Pure."""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain

MOST_FILES = 5
# All files of one message together may be this many times as large as one.
TOGETHER = 3
LONGEST_NAME = 120
_LONGEST_ENDING = 10
_UNSAFE = re.compile(
    '[\x00-\x1f\x7f-\x9f/\\\\:*?"<>|\u061c\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+'
)


@dataclass(frozen=True)
class Kind:
    """A kind of file: how it is announced when it is fetched, and whether its bytes are of that kind."""

    content_type: str
    fits: Callable[[Iterable[bytes]], bool]


def clean_name(name: str) -> str:
    """Give a file's name without folders, unseen characters and what file systems reserve; its ending stays."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    clean = " ".join(_UNSAFE.sub("-", last).split()).strip(" .-")
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        return clean[:LONGEST_NAME] or "file"
    return f"{stem[: LONGEST_NAME - len(ending) - 1].rstrip(' .') or 'file'}.{ending}"


def kind_of(name: str) -> Kind | None:
    """Give the kind that a (clean) name stands for; None for one that is not taken."""
    _stem, dot, ending = name.rpartition(".")
    return KINDS.get(ending.lower()) if dot else None


def _begins(*starts: bytes) -> Callable[[Iterable[bytes]], bool]:
    return lambda pieces: _head(pieces, 16).startswith(starts)


def _head(pieces: Iterable[bytes], size: int) -> bytes:
    head = b""
    for piece in pieces:
        head += piece[:size]
        if len(head) >= size:
            break
    return head[:size]


def _webp(pieces: Iterable[bytes]) -> bool:
    head = _head(pieces, 12)
    return head[:4] == b"RIFF" and head[8:] == b"WEBP"


def _pdf(pieces: Iterable[bytes]) -> bool:
    return b"%PDF-" in _head(pieces, 1024)  # ISO 32000-1, annex H.3.4.1: within the first 1024 bytes


def _text(pieces: Iterable[bytes]) -> bool:
    """Whether the bytes can be text: UTF-16 with its mark, or anything without a null byte."""
    rest = iter(pieces)
    first = next(rest, b"")
    whole = chain([first], rest)
    if first[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return _decodes(whole, "utf-16")
    return all(b"\x00" not in piece for piece in whole)


def _decodes(pieces: Iterable[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in pieces:
            if "\x00" in decoder.decode(piece):
                return False
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


_JPEG = Kind("image/jpeg", _begins(b"\xff\xd8\xff"))
_PLAIN = Kind("text/plain", _text)
KINDS = {
    "png": Kind("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "webp": Kind("image/webp", _webp),
    "gif": Kind("image/gif", _begins(b"GIF87a", b"GIF89a")),
    "pdf": Kind("application/pdf", _pdf),
    "txt": _PLAIN,
    "log": _PLAIN,
    "csv": Kind("text/csv", _text),
    "json": Kind("application/json", _text),
    "xml": Kind("application/xml", _text),
    "zip": Kind("application/zip", _begins(b"PK\x03\x04", b"PK\x05\x06")),
    "gz": Kind("application/gzip", _begins(b"\x1f\x8b\x08")),
}
