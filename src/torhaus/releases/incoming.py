"""Files that are to be published: looked at first, then stored; only then a deed writes that they are there.

Hashing gigabytes takes its time, so it happens before any transaction. A process that dies meanwhile
leaves at most content under its hash that no release refers to.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from torhaus.core.file_names import safe_name
from torhaus.core.storage import StoredFile, chunks_of, file_store
from torhaus.releases.models import FileKind, ReleaseFile
from torhaus.releases.refusals import PublishRefused, Refusal
from torhaus.releases.sbom import check_sbom

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Incoming:
    """A file on this machine, and as what it is to be published.

    ``ours``: nobody else writes to it any more, as to a finished upload, so it is taken without a copy.
    It stays where it is; whoever made it removes it once it is published.
    """

    kind: FileKind
    path: Path
    name: str
    ours: bool = False


@dataclass(frozen=True)
class NewFile:
    """A file that lies in the store and is to be listed."""

    kind: FileKind
    name: str
    stored: StoredFile


def look_at(files: Sequence[Incoming], known: Iterable[ReleaseFile]) -> None:
    """Refuse what can be refused before anything is stored. ``known``: the files the version has already.

    Raises:
        PublishRefused: a file cannot be published, and the reason says why.
    """
    names: set[str] = set()
    listed = {file.name: file for file in known}
    for file in files:
        if safe_name(file.name) != file.name:
            raise PublishRefused(Refusal.NAME, file.name)
        if file.name in names:
            raise PublishRefused(Refusal.TWICE, file.name)
        names.add(file.name)
        size = _size(file)
        if file.kind == FileKind.SBOM:
            check_sbom(file.path)
        if (before := listed.get(file.name)) and (before.size != size or before.key != _sha256(file.path)):
            raise PublishRefused(Refusal.OTHER_CONTENT, file.name)


def store(files: Sequence[Incoming], *, progress: Progress | None = None) -> list[NewFile]:
    """Store the files. ``progress`` is told how many bytes were read, again and again.

    Raises:
        PublishRefused: the store does not take them, or one cannot be read or is empty.
    """
    return [NewFile(file.kind, file.name, _stored(file, progress or _silent)) for file in files]


def _size(file: Incoming) -> int:
    try:
        size = file.path.stat().st_size if file.path.is_file() else None
        with file.path.open("rb"):
            pass
    except OSError as error:
        raise PublishRefused(Refusal.UNREADABLE, file.name) from error
    if size is None:
        raise PublishRefused(Refusal.UNREADABLE, file.name)
    if not size:
        raise PublishRefused(Refusal.EMPTY, file.name)
    return size


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _stored(file: Incoming, progress: Progress) -> StoredFile:
    try:
        if file.ours:
            stored = file_store().put_path(file.path, keep=True)
            progress(stored.size)
        else:
            stored = file_store().put(_told(chunks_of(file.path), progress))
    except FileNotFoundError as error:
        raise PublishRefused(Refusal.UNREADABLE, file.name) from error
    except OSError as error:
        raise PublishRefused(Refusal.STORE, error.strerror or str(error)) from error
    if not stored.size:
        raise PublishRefused(Refusal.EMPTY, file.name)
    return stored


def _told(chunks: Iterable[bytes], progress: Progress) -> Iterator[bytes]:
    for chunk in chunks:
        progress(len(chunk))
        yield chunk


def _silent(_bytes: int) -> None:
    pass
