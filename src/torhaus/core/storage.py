"""Files by their content: a key is the SHA-256 of the bytes, so nothing is ever overwritten."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol


class StoredFile(NamedTuple):
    """What storing gave: ``key`` is the SHA-256 in hex, ``size`` is in bytes."""

    key: str
    size: int


class FileStore(Protocol):
    """Where files live. Keys come only from :meth:`put`."""

    def put(self, chunks: Iterable[bytes]) -> StoredFile:
        """Store the bytes; the same bytes twice are one file."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Open for reading. Raises FileNotFoundError for an unknown key."""
        ...


class DiskStore:
    """Files on the local disk, two folder levels deep, written whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        """Give where ``key`` lies. Raises FileNotFoundError for what cannot be a key."""
        if len(key) != 64 or not all(c in "0123456789abcdef" for c in key):
            raise FileNotFoundError(key)
        return self.root / key[:2] / key[2:4] / key

    def put(self, chunks: Iterable[bytes]) -> StoredFile:
        """Store the bytes under their SHA-256; a crash leaves only a temporary file."""
        self.root.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        handle, name = tempfile.mkstemp(dir=self.root, prefix=".incoming-")
        try:
            with os.fdopen(handle, "wb") as out:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            target = self.path(digest.hexdigest())
            target.parent.mkdir(parents=True, exist_ok=True)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return StoredFile(digest.hexdigest(), size)

    def open(self, key: str) -> BinaryIO:
        """Open the file of ``key`` for reading."""
        return self.path(key).open("rb")
