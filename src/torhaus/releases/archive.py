"""Look at a ZIP archive without unpacking it: is it whole, and would it unpack to what it seems to be."""

import io
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

from torhaus.releases.refusals import PublishRefused, Refusal

MOST_ENTRIES = 50_000
MOST_BYTES = 4 * 1024**3
# The list at an archive's end is held in memory, ten times as large. Names and all, 50,000 entries seldom need half.
MOST_LIST_BYTES = 16 * 1024**2
# Text packs to a tenth, seldom to a fiftieth; deflate's best is 1032. Small archives may do as they like.
HIGHEST_RATIO, HARMLESS_BYTES = 100, 16 * 1024**2
DEEPEST, LARGEST_INNER = 2, 64 * 1024**2
INNER = (".zip", ".jar", ".whl", ".phar", ".war", ".docx", ".xlsx", ".odt")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1
_LOCAL = struct.Struct("<4s5H3L2H")
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError,
           struct.error, RuntimeError, OverflowError, IndexError)  # fmt: skip


class Archive:
    """An open archive that has been looked at. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        """Open and check.

        Raises:
            PublishRefused: it is no archive, or one that nobody should unpack.
        """
        self._name = path.name
        try:
            self._file = _Bounded(io.FileIO(path))
        except OSError as error:
            raise PublishRefused(Refusal.NO_ZIP, path.name) from error
        try:
            self._zip = zipfile.ZipFile(self._file)
            _check(self._zip, path.name, _Budget(), 0)
        except BaseException as error:
            self._file.close()
            if isinstance(error, _BROKEN) and not isinstance(error, PublishRefused):
                raise PublishRefused(Refusal.NO_ZIP, path.name) from error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def read(self, name: str, most: int) -> bytes | None:
        """Give the bytes of an entry, ``most`` + 1 of them at most; None if there is none of that name."""
        try:
            entry = self._zip.getinfo(name)
        except KeyError:
            return None
        try:
            with self._zip.open(entry) as opened:
                return opened.read(most + 1)
        except _BROKEN as error:
            raise PublishRefused(Refusal.NO_ZIP, self._name) from error


class _Bounded(io.BufferedReader):
    """A file of which not too much is read at once: the library reads the list at an archive's end so, however long."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Give the next bytes. Raises PublishRefused if they are more than any honest list."""
        if size is not None and size > MOST_LIST_BYTES:
            raise PublishRefused(Refusal.BOMB, f"{size} > {MOST_LIST_BYTES} bytes")
        return super().read(size)


class _Budget:
    """What an archive and all archives in it may unpack to, together."""

    def __init__(self) -> None:
        self.entries = self.bytes = 0

    def take(self, entries: list[zipfile.ZipInfo]) -> None:
        self.entries += len(entries)
        self.bytes += sum(entry.file_size for entry in entries)
        if self.entries > MOST_ENTRIES:
            raise PublishRefused(Refusal.BOMB, f"{self.entries} > {MOST_ENTRIES}")
        if self.bytes > MOST_BYTES:
            raise PublishRefused(Refusal.BOMB, f"{self.bytes} > {MOST_BYTES} bytes")


def _check(opened: zipfile.ZipFile, name: str, budget: _Budget, depth: int) -> None:
    entries = opened.infolist()
    budget.take(entries)
    _check_names(entries)
    for entry in entries:
        _check_entry(entry)
    try:
        _check_layout(opened, entries)
    except (zipfile.BadZipFile, struct.error, OSError) as error:
        raise PublishRefused(Refusal.NO_ZIP, name) from error
    for entry in entries:
        if entry.filename.lower().endswith(INNER) and not entry.is_dir():
            _check_inner(opened, entry, budget, depth + 1)


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse names that lead elsewhere, and ones that some file system takes for the same (case, Unicode form)."""
    seen: dict[str, bool] = {}
    for entry in entries:
        # zipfile cuts a name at NUL; what stands in the archive is the original.
        _check_path(entry.orig_filename)
        alike = unicodedata.normalize("NFKC", entry.filename).casefold().strip("/")
        if alike in seen:
            raise PublishRefused(Refusal.SAME_NAME, entry.filename)
        seen[alike] = entry.is_dir()
    for alike in seen:
        parts = alike.split("/")
        for count in range(1, len(parts)):
            if seen.get("/".join(parts[:count])) is False:
                raise PublishRefused(Refusal.SAME_NAME, alike)


def _check_path(name: str) -> None:
    parts = name.removesuffix("/").split("/")
    odd = "\\" in name or ":" in name or any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in name)
    if odd or len(name) > 1000 or any(part.strip(" .") == "" or part != part.rstrip(" .") for part in parts):
        raise PublishRefused(Refusal.PATH, name)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise PublishRefused(Refusal.SYMLINK, entry.filename)
    if entry.flag_bits & _ENCRYPTED:
        raise PublishRefused(Refusal.ENCRYPTED, entry.filename)
    if entry.compress_type not in _METHODS:
        raise PublishRefused(Refusal.METHOD, entry.filename)
    if entry.file_size > HARMLESS_BYTES and entry.file_size > HIGHEST_RATIO * max(1, entry.compress_size):
        raise PublishRefused(Refusal.BOMB, f"{entry.filename}: {entry.compress_size} → {entry.file_size}")
    if entry.compress_type == zipfile.ZIP_STORED and entry.file_size != entry.compress_size:
        raise PublishRefused(Refusal.BOMB, f"{entry.filename}: {entry.compress_size} → {entry.file_size}")


def _check_layout(opened: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Check that each entry has bytes of its own, and the same name at its place as in the list at the end.

    Entries that lie over each other make bombs that no single ratio betrays; two names let two programs
    unpack different things.
    """
    file = opened.fp
    if file is None:
        raise zipfile.BadZipFile
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise PublishRefused(Refusal.BOMB, entry.filename)
        name, length = _local(file, entry.header_offset)
        if name != entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437", "replace"):
            raise PublishRefused(Refusal.SAME_NAME, entry.filename)
        end = entry.header_offset + length + entry.compress_size
    if entries and end > opened.start_dir:
        raise zipfile.BadZipFile


def _local(file: IO[bytes], offset: int) -> tuple[bytes, int]:
    """Give the name in an entry's own head, and the length of that head."""
    file.seek(offset)
    head = _LOCAL.unpack(file.read(_LOCAL.size))
    if head[0] != b"PK\x03\x04":
        raise zipfile.BadZipFile
    return file.read(head[9]), _LOCAL.size + head[9] + head[10]


def _check_inner(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget, depth: int) -> None:
    """Check an archive in the archive; what it unpacks to counts too."""
    if depth > DEEPEST or entry.file_size > LARGEST_INNER:
        raise PublishRefused(Refusal.BOMB, entry.filename)
    with tempfile.TemporaryFile() as copy:
        try:
            for piece in _pieces(opened, entry):
                copy.write(piece)
            copy.flush()
            inner = zipfile.ZipFile(_Bounded(io.FileIO(copy.fileno(), closefd=False)))
        except PublishRefused:
            raise
        except _BROKEN:
            return  # called so, but none: nobody unpacks it
        with inner:
            _check(inner, entry.filename, budget, depth)


def _pieces(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    left = entry.file_size
    with opened.open(entry) as reading:
        while left > 0 and (piece := reading.read(min(left, 1024 * 1024))):
            left -= len(piece)
            yield piece
