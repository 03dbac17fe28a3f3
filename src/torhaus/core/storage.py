"""Files by their content: a key is the SHA-256 of the bytes, so nothing is ever overwritten.

One protocol, two stores: the local disk, and S3 (``core/s3.py``). :func:`file_store` gives
the configured one. Bytes come in by pieces and first lie in a spool folder on the local
disk, so memory does not grow with them and a crash leaves nothing under a key.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from torhaus.core import clock
from torhaus.core.random import base62

PIECE = 1024 * 1024
PROBE = b"Torhaus looks whether this store can be written.\n"
_KEY, _FOLDER = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{2}")


class StoredFile(NamedTuple):
    """What storing gave: ``key`` is the SHA-256 in hex, ``size`` is in bytes, ``blake2b`` is what minisign signs."""

    key: str
    size: int
    blake2b: bytes


class StoreUnavailable(OSError):
    """The store does not answer or refuses; the message says why, without secrets."""


class FileStore(Protocol):
    """Where files live. Keys come only from :meth:`put` and :meth:`put_path`.

    Methods raise FileNotFoundError for an unknown key and other OSErrors (``StoreUnavailable``)
    where the store cannot do it just now.
    """

    def put(self, chunks: Iterable[bytes]) -> StoredFile:
        """Store the bytes; the same bytes twice are one file, which is as young as if it were new."""
        ...

    def put_path(self, path: Path, *, keep: bool = False) -> StoredFile:
        """Store a file that lies on this machine, and take it over: it is no longer at ``path`` afterwards.

        With ``keep`` it stays there too; nobody may write to it any more, for it need not be copied.
        """
        ...

    def open(self, key: str) -> BinaryIO:
        """Open for reading, with seek."""
        ...

    def size(self, key: str) -> int:
        """Give the bytes of a stored file."""
        ...

    def delete(self, key: str) -> None:
        """Forget a file, if it is there. Whoever asks knows that nobody else refers to the same content."""
        ...

    def old_keys(self, *, older_than: float) -> Iterator[str]:
        """Give, one by one, the keys of files that nobody has stored for ``older_than`` seconds."""
        ...

    def delete_old(self, key: str, *, older_than: float) -> bool:
        """Forget a file unless it is younger than that by now, or somebody stores one; give whether it went."""
        ...

    def local_path(self, key: str) -> Path | None:
        """Give where the file lies on this machine; None if it lies elsewhere. It need not exist."""
        ...

    def link(self, key: str, *, disposition: str, content_type: str, seconds: int) -> str:
        """Give an address from which a browser can fetch the file itself for a while; empty if there is none."""
        ...

    def clear_leftovers(self, *, older_than: float) -> int:
        """Remove what writes that never ended left behind longer than ``older_than`` seconds; give how many."""
        ...


def file_store() -> FileStore:
    """Give the configured store."""
    folder, options = settings.DATA_DIR / "files", settings.OPTIONS
    if options.files_in == "s3":
        # Named, not imported: only an installation that uses S3 pays for loading its client.
        made: FileStore = import_string("torhaus.core.s3.S3Store")(spool=folder, options=options)
        return made
    return DiskStore(folder, group_reads=options.send_files == "x-accel")


def is_there(store: FileStore, key: str) -> bool:
    """Whether the store has a file of this key."""
    try:
        store.size(key)
    except FileNotFoundError:
        return False
    return True


def try_out(store: FileStore) -> None:
    """Write a few bytes, read them and take them away again. Raises OSError where that fails."""
    kept = store.put([PROBE])
    with store.open(kept.key) as opened:
        if opened.read() != PROBE:
            raise StoreUnavailable("the store gives back other bytes than it was given")
    store.delete(kept.key)


def chunks_of(path: Path) -> Iterator[bytes]:
    """Give the bytes of a file, piece by piece."""
    with path.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


def checked(key: str) -> str:
    """Give ``key`` back. Raises FileNotFoundError for what cannot be one, before it becomes a path."""
    if _KEY.fullmatch(key) is None:
        raise FileNotFoundError(errno.ENOENT, "no key of a stored file", key[:80])
    return key


class Digests:
    """SHA-256 and BLAKE2b-512 of bytes that pass by, in one pass."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self.blake2b = hashlib.blake2b()
        self.size = 0

    def passing(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Give the pieces on, counted."""
        for chunk in chunks:
            self.sha256.update(chunk)
            self.blake2b.update(chunk)
            self.size += len(chunk)
            yield chunk

    def stored(self) -> StoredFile:
        """Give what all the bytes make."""
        return StoredFile(self.sha256.hexdigest(), self.size, self.blake2b.digest())


class Spool:
    """A folder for files on their way in. Whatever ends early is taken away; what a killed process left is cleared."""

    PREFIX = ".incoming-"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, chunks: Iterable[bytes]) -> tuple[Path, StoredFile]:
        """Write the bytes to a new file of the folder, safe on the disk; give where, and what they are."""
        self.folder.mkdir(parents=True, exist_ok=True)
        digests = Digests()
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=self.PREFIX)
        try:
            with os.fdopen(handle, "wb") as out:
                for chunk in digests.passing(chunks):
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return Path(name), digests.stored()

    def second_name(self, path: Path) -> Path:
        """Give a file of the same disk a name in the folder too."""
        name = self.folder / f"{self.PREFIX}{base62(16)}"
        name.hardlink_to(path)
        return name

    @contextlib.contextmanager
    def storing(self) -> Iterator[None]:
        """Keep old content from being taken away meanwhile: the bytes that are stored may be just these."""
        with self._lock(fcntl.LOCK_SH):
            yield

    @contextlib.contextmanager
    def nobody_stores(self) -> Iterator[bool]:
        """Keep everybody else from storing for a moment; gives False, and does not, where somebody is at it."""
        try:
            with self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB):
                yield True
        except BlockingIOError:
            yield False

    @contextlib.contextmanager
    def _lock(self, how: int) -> Iterator[None]:
        # Beside the folder: within it lie files only.
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder.with_name(f"{self.folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)

    def clear(self, *, older_than: float) -> int:
        """Remove files on which nobody has written for ``older_than`` seconds; give how many."""
        oldest, found = time.time() - older_than, 0
        for path in self.folder.glob(self.PREFIX + "*"):
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    found += 1
            except FileNotFoundError:
                continue  # whoever wrote it has just ended
        return found


class DiskStore:
    """Files on the local disk, two folder levels deep, written whole or not at all.

    ``group_reads`` lets the group of the folder read them: a proxy that sends them itself needs that.
    """

    def __init__(self, root: Path, *, group_reads: bool = False) -> None:
        self.root = root
        self.spool = Spool(root)
        self.group_reads = group_reads

    def path(self, key: str) -> Path:
        """Give where ``key`` lies. Raises FileNotFoundError for what cannot be a key."""
        return self.root / checked(key)[:2] / key[2:4] / key

    def put(self, chunks: Iterable[bytes]) -> StoredFile:
        """Store the bytes under their SHA-256; a crash leaves only a spooled file."""
        spooled, stored = self.spool.write(chunks)
        try:
            self._place(spooled, stored.key)
        except BaseException:
            spooled.unlink(missing_ok=True)
            raise
        return stored

    def put_path(self, path: Path, *, keep: bool = False) -> StoredFile:
        """Move a file of this machine under its SHA-256; it is copied only from another disk."""
        self.root.mkdir(parents=True, exist_ok=True)
        if path.stat().st_dev != self.root.stat().st_dev:
            stored = self.put(chunks_of(path))
            if not keep:
                path.unlink()
            return stored
        digests = Digests()
        for _chunk in digests.passing(chunks_of(path)):
            pass
        with path.open("rb") as opened:
            os.fsync(opened.fileno())
        stored = digests.stored()
        self._place(self.spool.second_name(path) if keep else path, stored.key)
        return stored

    def open(self, key: str) -> BinaryIO:
        """Open the file of ``key`` for reading."""
        return self.path(key).open("rb")

    def size(self, key: str) -> int:
        """Give the bytes of the file of ``key``."""
        return self.path(key).stat().st_size

    def delete(self, key: str) -> None:
        """Remove the file of ``key``, if it is there."""
        self.path(key).unlink(missing_ok=True)

    def old_keys(self, *, older_than: float) -> Iterator[str]:
        """Give the keys of old files, folder by folder."""
        oldest = clock.now().timestamp() - older_than
        for outer in _entries(self.root, _FOLDER):
            for inner in _entries(Path(outer.path), _FOLDER):
                for entry in _entries(Path(inner.path), _KEY):
                    if self.path(entry.name) == Path(entry.path) and _changed_before(Path(entry.path), oldest):
                        yield entry.name

    def delete_old(self, key: str, *, older_than: float) -> bool:
        """Remove the file of ``key``, unless it was stored again."""
        with self.spool.nobody_stores() as alone:
            if not alone or not _changed_before(self.path(key), clock.now().timestamp() - older_than):
                return False
            self.delete(key)
            return True

    def local_path(self, key: str) -> Path:
        """Give where the file of ``key`` lies."""
        return self.path(key)

    def link(self, key: str, *, disposition: str, content_type: str, seconds: int) -> str:  # noqa: ARG002 - a disk answers no browser
        """Give nothing: a disk has no address."""
        return ""

    def clear_leftovers(self, *, older_than: float) -> int:
        """Remove spooled files of processes that were killed."""
        return self.spool.clear(older_than=older_than)

    def _place(self, source: Path, key: str) -> None:
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.chmod(0o640 if self.group_reads else 0o600)
        if self.group_reads:
            for folder in (self.root, target.parent.parent, target.parent):
                folder.chmod(0o750)
        with self.spool.storing():
            os.utime(source, (clock.now().timestamp(),) * 2)  # an upload may have waited for long
            source.replace(target)
        source.unlink(missing_ok=True)  # two names of one file: rename leaves both
        _sync(target.parent)


def _entries(folder: Path, names: re.Pattern[str]) -> Iterator[os.DirEntry[str]]:
    """Give what lies in a folder under such names, as it is read; nothing if the folder is gone."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
        yield from (entry for entry in found if names.fullmatch(entry.name))


def _changed_before(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:
        return False


def _sync(folder: Path) -> None:
    """Make the name of a new file survive a power cut, as its content does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def as_binary(opened: object) -> BinaryIO:
    """Give a readable object the type by which files are known."""
    return cast("BinaryIO", opened)
