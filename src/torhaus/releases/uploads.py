"""Files on their way in, piece by piece: kept on this disk, and counted only once they are safe there.

A piece is first received whole (by the door) and then appended in a moment, under a lock on
the file; the row says how much counts. Of two that append at one offset the row lets one win,
and what a killed process wrote beyond the row's count is written over by the next piece.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.records.deeds import housekeeping
from torhaus.releases.models import PublishState, Upload

OPEN_AT_MOST = 20
KEPT = timedelta(hours=48)
BLOCK = 1024 * 1024
NAME_LENGTH = 180
_AT_WORK = (PublishState.WAITING, PublishState.CHECKING)


class UploadRefused(ValueError):
    """An upload cannot begin or go on."""


class EmptyFile(UploadRefused):
    """The file has no bytes."""


class TooLarge(UploadRefused):
    """The file is larger than this installation takes."""


class TooManyUploads(UploadRefused):
    """Somebody has too many unfinished uploads."""


class Conflict(UploadRefused):
    """Another piece was faster: the upload is not where this one begins. ``offset`` is where it is."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the upload has {offset} bytes")
        self.offset = offset


class Gone(UploadRefused):
    """The upload was ended, or its file is no longer on the disk."""


class DiskFull(UploadRefused):
    """There is no room on the disk."""


def largest() -> int:
    """Give the bytes of the largest file that is taken."""
    limit: int = settings.OPTIONS.upload_max_gib * 1024**3
    return limit


def path_of(upload: Upload) -> Path:
    """Give where an upload's bytes lie."""
    return folder() / upload.ref


def folder() -> Path:
    """Give the folder of the uploads."""
    found: Path = settings.DATA_DIR / "uploads"
    return found


def is_complete(upload: Upload) -> bool:
    """Whether all bytes are here."""
    return upload.received == upload.size


def upload_of(ref: str, by: User) -> Upload | None:
    """Find an upload of this person; another's is none."""
    return Upload.objects.filter(ref=ref, by=by).first()


def waiting_uploads_of(by: User) -> list[Upload]:
    """Give this person's uploads that no request uses, the oldest first."""
    return list(Upload.objects.filter(by=by, request=None).order_by("pk"))


@housekeeping
def begin_upload(*, name: str, size: int, by: User, fingerprint: str = "") -> tuple[Upload, bool]:
    """Begin an upload, or find the one of the same file that was broken off; give it and whether it is new.

    ``name`` is a file name already made safe. Without a ``fingerprint`` a file is never taken for another.

    Raises:
        EmptyFile: it has no bytes.
        TooLarge: it is larger than the setting allows.
        TooManyUploads: this person has OPEN_AT_MOST already.
        DiskFull: there is no room for it.
    """
    if not size:
        raise EmptyFile(name)
    if size > largest():
        raise TooLarge(f"{size} bytes")
    mine = Upload.objects.filter(by=by, request=None)
    same = mine.filter(name=name, size=size, fingerprint=fingerprint).order_by("pk").first() if fingerprint else None
    if same is not None and path_of(same).is_file():
        return same, False
    if mine.count() >= OPEN_AT_MOST:
        raise TooManyUploads(str(OPEN_AT_MOST))
    folder().mkdir(parents=True, exist_ok=True)
    _require_room(size)
    now = clock.now()
    made = Upload.objects.create(name=name, size=size, fingerprint=fingerprint, by=by, began_at=now, changed_at=now)
    os.close(os.open(path_of(made), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return made, True


@housekeeping
def keep_upload(*, path: Path, name: str, by: User) -> Upload:
    """Keep a file that came whole, and take it over from ``path``, which lies in the folder of the uploads.

    Raises:
        TooManyUploads: this person has OPEN_AT_MOST already; the file stays where it is.
    """
    if Upload.objects.filter(by=by, request=None).count() >= OPEN_AT_MOST:
        raise TooManyUploads(str(OPEN_AT_MOST))
    size, now = path.stat().st_size, clock.now()
    with transaction.atomic():
        made = Upload.objects.create(name=name, size=size, received=size, by=by, began_at=now, changed_at=now)
        path.replace(path_of(made))
    return made


@housekeeping
def append_piece(*, upload: Upload, offset: int, piece: BinaryIO) -> Upload:
    """Append the bytes of ``piece``, from its position on, at ``offset``; give the upload as it is then.

    Raises:
        Conflict: the upload is not at ``offset``, perhaps because another piece was faster.
        TooLarge: it would become longer than it was said to be.
        Gone: it was ended meanwhile, or its file is lost.
        DiskFull: there is no room; nothing of the piece counts.
    """
    with _locked(upload) as handle:
        _require_offset(upload, offset)
        end = offset + _write(handle, offset, piece, most=upload.size - offset)
        if not Upload.objects.filter(pk=upload.pk, received=offset).update(received=end, changed_at=clock.now()):
            _require_offset(upload, offset)  # on another machine, where the lock does not reach
            raise Gone(upload.ref)
    upload.received = end
    return upload


@housekeeping
def end_upload(*, upload: Upload) -> None:
    """Forget an upload and its bytes."""
    Upload.objects.filter(pk=upload.pk).delete()
    path_of(upload).unlink(missing_ok=True)


@housekeeping
def remove_abandoned_uploads() -> int:
    """Remove uploads nobody went on with for 48 hours, and files that belong to none; give how many went.

    What a request that is being worked on needs stays.
    """
    oldest = clock.now() - KEPT
    old = Upload.objects.filter(changed_at__lt=oldest).exclude(request__state__in=_AT_WORK)
    removed = 0
    for upload in old.order_by("pk")[:1000]:
        end_upload(upload=upload)
        removed += 1
    return removed + _remove_strays(oldest.timestamp())


def _remove_strays(oldest: float) -> int:
    known = set(Upload.objects.values_list("ref", flat=True))
    removed = 0
    for path in folder().glob("*"):
        if path.name not in known and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _require_offset(upload: Upload, offset: int) -> None:
    received = Upload.objects.filter(pk=upload.pk).values_list("received", flat=True).first()
    if received is None:
        raise Gone(upload.ref)
    if received != offset:
        raise Conflict(received)


def _require_room(size: int) -> None:
    found = os.statvfs(folder())
    promised = sum(
        row.size - row.received for row in Upload.objects.filter(Q(request=None) | Q(request__state__in=_AT_WORK))
    )
    if size + promised > found.f_bavail * found.f_frsize:
        raise DiskFull(f"{size} bytes")


def as_refusal(error: OSError) -> UploadRefused:
    """Give the refusal for a disk that is full. Any other fault of the disk is raised as it is."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return DiskFull(str(error.errno))
    raise error


@contextmanager
def _locked(upload: Upload) -> Iterator[int]:
    """Hold the upload's file open and to ourselves, for the moment one piece is appended."""
    try:
        handle = os.open(path_of(upload), os.O_WRONLY)
    except FileNotFoundError:
        raise Gone(upload.ref) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_size < upload.received:
            raise Gone(upload.ref)  # the disk lost what had counted
        yield handle
    finally:
        os.close(handle)


def _write(handle: int, offset: int, piece: BinaryIO, *, most: int) -> int:
    written = 0
    try:
        while block := piece.read(BLOCK):
            if written + len(block) > most:
                raise TooLarge(f"more than {most} bytes are left")
            _write_block(handle, block, offset + written)
            written += len(block)
        os.ftruncate(handle, offset + written)
        os.fsync(handle)
    except OSError as error:
        raise as_refusal(error) from error
    return written


def _write_block(handle: int, block: bytes, at: int) -> None:
    done = 0
    while done < len(block):  # a full disk, or a signal, may cut a write short
        done += os.pwrite(handle, block[done:], at + done)
