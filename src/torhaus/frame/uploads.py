"""No page takes files: a form that brings one is refused before a byte of it is kept (R31)."""

from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class NoUploads(FileUploadHandler):
    """Refuses every file. Django's own handlers would write them to the disk, however large, before a view is asked."""

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002 - Django's signature
        """Refuse; Django answers 400."""
        raise RequestDataTooBig("this portal takes no files")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> NoReturn:  # noqa: ARG002 - Django's signature
        """Refuse."""
        raise RequestDataTooBig("this portal takes no files")

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002 - Django's signature
        """Give no file."""
        return
