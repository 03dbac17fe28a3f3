"""Files that a form attaches to a message: written to the disk by pieces, and cut off where they are too large (R31).

What goes too far is read on but kept nowhere, so that the rest of the form arrives and nothing typed is lost;
a request far beyond all limits is refused before it is read.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from torhaus.frame.errors import too_large
from torhaus.frame.uploads import takes_files
from torhaus.support.attachments import Offered, Refusal, Why, largest_file, largest_together
from torhaus.support.file_kinds import MOST_FILES, clean_name

FIELD = "files"
_BESIDES = 1024 * 1024  # the form's other fields, and what parts them
V = TypeVar("V", bound=Callable[..., Any])


class AttachedFiles(FileUploadHandler):
    """Keeps up to MOST_FILES files of the field ``files`` in temporary files; notes in ``refusals`` what it left."""

    chunk_size = 64 * 1024

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.refusals: list[Refusal] = []
        self.kept = 0
        self.together = 0
        self.size = 0
        self.current: TemporaryUploadedFile | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file, or leave one too many out."""
        super().new_file(*args, **kwargs)
        if self.field_name != FIELD:
            raise SkipFile
        if self.kept >= MOST_FILES:
            self._leave(Why.TOO_MANY)
        self.size = 0
        self.current = TemporaryUploadedFile(
            self.file_name or "", self.content_type or "", 0, self.charset, self.content_type_extra
        )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's signature
        """Write a piece, or give the file up."""
        self.size += len(raw_data)
        self.together += len(raw_data)
        if self.size > largest_file():
            self._leave(Why.TOO_LARGE)
        if self.together > largest_together():
            self._leave(Why.TOGETHER_TOO_LARGE)
        if self.current is not None:
            self.current.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Give the file, which goes when the request ends."""
        done, self.current = self.current, None
        if done is None:
            return None
        done.flush()
        done.seek(0)
        done.size = file_size
        self.kept += 1
        return done

    def upload_interrupted(self) -> None:
        """Remove the file whose rest never came."""
        self._drop()

    def _leave(self, why: Why) -> None:
        self.refusals.append(Refusal(clean_name(self.file_name or ""), why))
        self.together -= self.size if self.current is not None else 0
        self._drop()
        raise SkipFile

    def _drop(self) -> None:
        if self.current is not None:
            self.current.close()
            self.current = None


def takes_attachments(view: V) -> V:
    """Let a view take a form with attachments: its declaration of who may enter stands above this one."""
    guarded = takes_files(AttachedFiles)(view)

    @functools.wraps(guarded)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        given = request.META.get("CONTENT_LENGTH") or "0"
        if not given.isdecimal() or int(given) > 2 * largest_together() + _BESIDES:
            return too_large(request, mib=largest_together() // (1024 * 1024))
        return guarded(request, *args, **kwargs)

    return cast(V, run)


def offered_files(request: HttpRequest) -> tuple[list[Offered], list[Refusal]]:
    """Give what the form of ``request`` attaches, and what was cut off while it came."""
    files = request.FILES.getlist(FIELD)
    handlers = [handler for handler in request.upload_handlers if isinstance(handler, AttachedFiles)]
    refusals = [refusal for handler in handlers for refusal in handler.refusals]
    kept = [file for file in files if isinstance(file, TemporaryUploadedFile)]
    return [Offered(file.name or "", Path(file.temporary_file_path())) for file in kept], refusals
