"""The places for files in the publishing forms: one for each kind, filled by an upload or by the form itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from torhaus.backoffice.forms import StaffForm
from torhaus.backoffice.releases.receiving import PREFIX, ReceivedUpload, refused_files
from torhaus.backoffice.releases.tus import refused_as, staff_of
from torhaus.releases import uploads
from torhaus.releases.models import FileKind, Upload

LABELS = {
    FileKind.INSTALLATION: gettext_lazy("Installation"),
    FileKind.UPDATE: gettext_lazy("Update"),
    FileKind.WINDOWS_INSTALLER: gettext_lazy("Windows installer"),
    FileKind.VIRTUAL_APPLIANCE: gettext_lazy("Virtual appliance"),
    FileKind.ADD_ON: gettext_lazy("Add-on (ZIP)"),
    FileKind.SBOM: gettext_lazy("Bill of materials (CycloneDX, JSON)"),
}
RELEASE_KINDS = (
    FileKind.INSTALLATION,
    FileKind.UPDATE,
    FileKind.WINDOWS_INSTALLER,
    FileKind.VIRTUAL_APPLIANCE,
    FileKind.SBOM,
)
ADD_ON_KINDS = (FileKind.ADD_ON, FileKind.SBOM)


@dataclass(frozen=True)
class Slot:
    """A place for one file: its field, and the upload in it, also one not complete yet."""

    kind: FileKind
    bound: forms.BoundField
    upload: Upload | None

    @property
    def complete(self) -> bool:
        """Whether all of the file is here."""
        return self.upload is not None and uploads.is_complete(self.upload)


class FilesForm(StaffForm):
    """A field for each kind of file. What the script has uploaded is named by a hidden field beside it."""

    says_optional = False

    def __init__(self, request: HttpRequest, kinds: Sequence[FileKind], files: Mapping[str, str] | None = None) -> None:
        sent = request.method == "POST"
        super().__init__(request.POST if sent else None, request.FILES if sent else None)
        self.request, self.uploads = request, dict[FileKind, Upload]()
        for kind in kinds:
            self.fields[PREFIX + kind] = forms.FileField(label=LABELS[kind], required=False)
        for name, ref in ({} if sent else files or {}).items():
            if found := uploads.upload_of(ref, staff_of(request)):
                self.uploads[FileKind(name)] = found

    def clean(self) -> dict[str, Any]:
        """Find the uploads: what came with the form goes before what was uploaded earlier."""
        refused = refused_files(self.request)
        for name in self.fields:
            kind, came = FileKind(name.removeprefix(PREFIX)), self.cleaned_data.get(name)
            if isinstance(came, ReceivedUpload):
                self.uploads[kind] = came.upload
            elif name in refused:
                self.add_error(name, refused_as(refused[name]).detail)
            elif ref := self.request.POST.get("upload_" + kind, ""):
                self._find(name, kind, ref)
        return super().clean() or {}

    def _find(self, name: str, kind: FileKind, ref: str) -> None:
        found = uploads.upload_of(ref, staff_of(self.request))
        if found is None:
            self.add_error(name, _("This upload is no longer there. Choose the file again."))
        elif found.request_id is not None:
            self.add_error(name, _("This file is being published already."))
        else:
            self.uploads[kind] = found
            if not uploads.is_complete(found):
                self.add_error(name, _("This file is not uploaded completely. Choose it again to go on."))

    def slots(self) -> list[Slot]:
        """Give the places in order."""
        kinds = [FileKind(name.removeprefix(PREFIX)) for name in self.fields]
        return [Slot(kind, self[PREFIX + kind], self.uploads.get(kind)) for kind in kinds]

    def chosen(self) -> list[tuple[FileKind, Upload]]:
        """Give the files that are complete."""
        return [(kind, upload) for kind, upload in self.uploads.items() if uploads.is_complete(upload)]

    def require(self, kinds: Sequence[FileKind], text: str) -> bool:
        """Whether there is a file of one of ``kinds``; if not, ``text`` is said at the first."""
        if any(kind in kinds for kind, _upload in self.chosen()):
            return True
        if not self.errors:
            self.add_error(PREFIX + kinds[0], text)
        return False
