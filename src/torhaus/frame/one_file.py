"""One small file that a form brings, kept in memory and cut off where it is too large (R31)."""

import functools
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar, cast

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from torhaus.frame.errors import too_large
from torhaus.frame.uploads import takes_files

FIELD = "file"
LARGEST = 4 * 1024 * 1024
_BESIDES = 64 * 1024  # the form's other fields, and what parts them
V = TypeVar("V", bound=Callable[..., Any])


class OneFile(FileUploadHandler):
    """Keeps the first file of the field ``file`` up to LARGEST bytes; ``cut`` says that it had more."""

    chunk_size = 64 * 1024

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.came = self.cut = False
        self.kept = BytesIO()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin the file; any other is passed over."""
        super().new_file(*args, **kwargs)
        if self.field_name != FIELD or self.came:
            raise SkipFile
        self.came = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a piece, or give the file up."""
        if start + len(raw_data) > LARGEST:
            self.cut, self.kept = True, BytesIO()
            raise SkipFile
        self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Give the file."""
        self.kept.seek(0)
        name, kind = self.file_name or "", self.content_type or ""
        return InMemoryUploadedFile(self.kept, FIELD, name, kind, file_size, self.charset)


def takes_one_file(view: V) -> V:
    """Let a view take a form with one small file: its declaration of who may enter stands above this one."""
    guarded = takes_files(OneFile)(view)

    @functools.wraps(guarded)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        given = request.META.get("CONTENT_LENGTH") or "0"
        if not given.isdecimal() or int(given) > 2 * LARGEST + _BESIDES:
            return too_large(request, mib=LARGEST // (1024 * 1024))
        return guarded(request, *args, **kwargs)

    return cast(V, run)


def the_file(request: HttpRequest) -> tuple[bytes | None, bool]:
    """Give the bytes of the form's file, None if it brought none; and whether it was too large to be kept."""
    file = request.FILES.get(FIELD)
    cut = any(handler.cut for handler in request.upload_handlers if isinstance(handler, OneFile))
    return (None if file is None else file.read()), cut
