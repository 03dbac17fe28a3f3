"""Files of the ordinary form, which come whole: for browsers without JavaScript. They become uploads like others."""

import os
import tempfile
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from torhaus.backoffice.releases.tus import staff_of
from torhaus.frame.files import safe_name
from torhaus.releases import uploads
from torhaus.releases.models import FileKind, Upload

PREFIX = "file_"
_FIELDS = {PREFIX + kind for kind in FileKind}


class ReceivedUpload(UploadedFile):
    """A file of the form, kept as an upload."""

    def __init__(self, upload: Upload) -> None:
        super().__init__(name=upload.name, size=upload.size)
        self.upload = upload


class KeptUploads(FileUploadHandler):
    """Writes each file of the form straight to where uploads lie. What is refused is passed over and noted.

    ``refused`` has the refusal for each field; the rest of the form is read on, so that nothing typed is lost.
    """

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.refused: dict[str, uploads.UploadRefused] = {}
        self.out: BinaryIO | None = None
        self.path = Path()
        self.written = 0
        request.__dict__["kept_uploads"] = self

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        """Begin a file; a field that takes none is passed over."""
        super().new_file(field_name, *args, **kwargs)
        self._drop()
        if field_name not in _FIELDS or not self.file_name:
            raise SkipFile
        uploads.folder().mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=uploads.folder(), prefix=".whole-")
        self.out, self.path, self.written = cast(BinaryIO, os.fdopen(handle, "wb")), Path(name), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's signature
        """Write a piece; too large a file is passed over from here on."""
        assert self.out is not None  # noqa: S101 - begun by new_file
        self.written += len(raw_data)
        if self.written > uploads.largest():
            self._refuse(uploads.TooLarge(str(self.written)))
        try:
            self.out.write(raw_data)
        except OSError as error:
            self._refuse(uploads.as_refusal(error))

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Keep the file."""
        if self.out is None:
            return None
        field = str(self.field_name)
        if not file_size:
            self.refused[field] = uploads.EmptyFile(field)
            self._drop()
            return None
        try:
            self.out.flush()
            os.fsync(self.out.fileno())
            self.out.close()
            name = safe_name(str(self.file_name))
            kept = uploads.keep_upload(path=self.path, name=name, by=staff_of(cast(HttpRequest, self.request)))
        except OSError as error:
            self.refused[field] = uploads.as_refusal(error)
        except uploads.UploadRefused as refusal:
            self.refused[field] = refusal
        else:
            self.out = None
            return ReceivedUpload(kept)
        self._drop()
        return None

    def upload_interrupted(self) -> None:
        """Forget what came of a file whose request broke off."""
        self._drop()

    def _refuse(self, refusal: uploads.UploadRefused) -> None:
        self.refused[str(self.field_name)] = refusal
        self._drop()
        raise SkipFile

    def _drop(self) -> None:
        if self.out is not None:
            self.out.close()
            self.path.unlink(missing_ok=True)
            self.out = None


def refused_files(request: HttpRequest) -> dict[str, uploads.UploadRefused]:
    """Give why files of the form were refused, by field."""
    kept = request.__dict__.get("kept_uploads")
    return kept.refused if isinstance(kept, KeptUploads) else {}
