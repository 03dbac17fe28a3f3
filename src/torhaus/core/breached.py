"""Passwords that were in stolen data, looked up in a file of SHA-1 digests as Have I Been Pwned gives it.

A line is ``DIGEST:COUNT``, and lines are in the order of digests. Nothing is loaded and nobody is asked: a look-up
reads some twenty small pieces of a file of any size.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_LINE = re.compile(rb"(?:\xef\xbb\xbf)?([0-9A-Fa-f]{40}):([0-9]{1,15})\r?")
# Two lines and more, so that a whole one is in every piece; and what is small enough to be read at once.
_PIECE, _REST = 160, 4096
_PLACES = 1000


class UnfitFile(Exception):
    """The file is no list of digests in their order; the message says what is wrong."""


@dataclass(frozen=True)
class Looked:
    """What a look at a file found: its size in bytes, and about how many digests it has."""

    size: int
    digests: int


def times_breached(path: Path, password: str) -> int:
    """Give how often a password was found in stolen data; 0 if the file does not have it.

    Raises:
        OSError: the file cannot be read.
        UnfitFile: there is something else in it.
    """
    # What the file is ordered by; it keeps nothing secret.
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb", buffering=0) as file:
        # The line that is looked for, if it is there, begins at ``low`` or later and before ``high``.
        low, high = 0, os.fstat(file.fileno()).st_size
        if not high:
            raise UnfitFile("it is empty")
        while high - low > _REST:
            middle = (low + high) // 2
            begin, digest, count = _line_after(file, middle) or (high, b"", 0)
            if digest == wanted:
                return count
            if digest and digest < wanted and begin < high:
                low = begin
            else:
                high = middle + 1
        return next((count for digest, count in _lines(file, low) if digest == wanted), 0)


def look_at(path: Path) -> Looked:
    """Look at a thousand places of a file, whether digests stand there in their order.

    Raises:
        OSError: the file cannot be read.
        UnfitFile: they do not.
    """
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        first = list(_lines(file, 0))
        if not first:
            raise UnfitFile("it is empty")
        last, begin_of_last, read = b"", -1, 0
        for begin, digest, _count in _places(file, size):
            if begin > begin_of_last and digest <= last:
                raise UnfitFile(f"its lines are not in the order of their digests (near byte {begin})")
            last, begin_of_last, read = digest, begin, read + 1
        end = _line_after(file, max(0, size - _PIECE))
        if end is not None:
            list(_lines(file, end[0]))  # a file that was cut off ends in half a line
        if [one for one, _count in first] != sorted({one for one, _count in first}):
            raise UnfitFile("its lines are not in the order of their digests (at its beginning)")
    # All digests have 40 characters, and counts are short: the beginning tells how long a line is.
    return Looked(size, max(read, size * len(first) // min(size, _REST)))


def _places(file: BinaryIO, size: int) -> Iterator[tuple[int, bytes, int]]:
    for place in range(_PLACES):
        if found := _line_after(file, size * place // _PLACES):
            yield found


def _line_after(file: BinaryIO, place: int) -> tuple[int, bytes, int] | None:
    """Give where the first line begins that begins behind ``place``, its digest and its count; None behind the last."""
    file.seek(place)
    piece = file.read(_PIECE)
    cut = piece.find(b"\n")
    if cut < 0 and len(piece) == _PIECE:
        raise UnfitFile(f"a line near byte {place} is too long")
    line = piece[cut + 1 :].split(b"\n", 1)[0] if cut >= 0 else b""
    return (place + cut + 1, *_read(line, place)) if line else None


def _lines(file: BinaryIO, begin: int) -> Iterator[tuple[bytes, int]]:
    """Give the lines from one that begins at ``begin`` on, as far as a piece of the file goes."""
    file.seek(begin)
    piece = file.read(_REST + _PIECE)
    whole = piece if len(piece) < _REST + _PIECE else piece[: piece.rfind(b"\n")]
    for line in whole.split(b"\n"):
        if line:
            yield _read(line, begin)


def _read(line: bytes, place: int) -> tuple[bytes, int]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise UnfitFile(f"a line near byte {place} is no digest with a count (SHA-1 in hexadecimal, a colon, a number)")
    return found[1].upper(), int(found[2])
