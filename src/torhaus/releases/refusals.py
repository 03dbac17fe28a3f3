"""Why something cannot be published: a closed list of reasons, each with a sentence that says what to do."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(StrEnum):
    """Why."""

    NO_FILES = "no_files"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    NAME = "name"
    TWICE = "twice"
    KIND = "kind"
    VERSION = "version"
    SAME_VERSION = "same_version"
    RANGE = "range"
    WITHDRAWN = "withdrawn"
    PUBLISHED_ALREADY = "published_already"
    OTHER_CONTENT = "other_content"
    SBOM = "sbom"
    UNKNOWN_ADD_ON = "unknown_add_on"
    OTHER_ADD_ON = "other_add_on"
    STORE = "store"
    # Of the ZIP of an add-on
    NO_ZIP = "no_zip"
    NO_PACKAGE_JSON = "no_package_json"
    PACKAGE_JSON = "package_json"
    MEMBER = "member"
    REQUIREMENT = "requirement"
    BOMB = "bomb"
    PATH = "path"
    SYMLINK = "symlink"
    SAME_NAME = "same_name"
    ENCRYPTED = "encrypted"
    METHOD = "method"


TEXTS: dict[Refusal, str | Promise] = {
    Refusal.NO_FILES: _("There is no file to publish. Name at least one."),
    Refusal.EMPTY: _("%(detail)s is empty. Build it again."),
    Refusal.UNREADABLE: _("%(detail)s cannot be read. Is it still there?"),
    Refusal.NAME: _("The name %(detail)s is no name for a file that others download. Rename it."),
    Refusal.TWICE: _("Two of the files are called %(detail)s. Rename one of them."),
    Refusal.KIND: _("A file of the kind %(detail)s does not belong here."),
    Refusal.VERSION: _("%(detail)s is no version. Write it like 34.1 or 35.0-rc1, in up to 40 characters."),
    Refusal.SAME_VERSION: _("This version is there already, written %(detail)s. Write it the same way."),
    Refusal.RANGE: _("No version can be within %(detail)s. Exchange the two."),
    Refusal.WITHDRAWN: _("%(detail)s was withdrawn. Publish a new version."),
    Refusal.PUBLISHED_ALREADY: _("%(detail)s is out already, so its time of publication can no longer be changed."),
    Refusal.OTHER_CONTENT: _(
        "%(detail)s is there already with other content, and customers may have it. "
        "Publish a new version, or give the file another name."
    ),
    Refusal.SBOM: _("The list of components is no CycloneDX JSON: %(detail)s"),
    Refusal.UNKNOWN_ADD_ON: _("The catalogue has no add-on %(detail)s. Choose the one that this package belongs to."),
    Refusal.OTHER_ADD_ON: _("The packages of this add-on have the identifier %(detail)s so far; this is another."),
    Refusal.STORE: _("The file cannot be stored: %(detail)s. Try again later; `torhaus check` says more."),
    Refusal.NO_ZIP: _("%(detail)s is no ZIP archive, or a broken one. Build it again."),
    Refusal.NO_PACKAGE_JSON: _("The archive has no package.json at its top. An add-on needs one."),
    Refusal.PACKAGE_JSON: _("package.json cannot be read: %(detail)s"),
    Refusal.MEMBER: _("package.json: %(detail)s"),
    Refusal.REQUIREMENT: _(
        "package.json: requirements.core is %(detail)s, which is no requirement such as >= 1.11 or 1.11 - 2.0."
    ),
    Refusal.BOMB: _("The archive would unpack to far more than it may: %(detail)s"),
    Refusal.PATH: _("The archive has an entry that would be unpacked elsewhere: %(detail)s"),
    Refusal.SYMLINK: _("The archive has an entry that is no file and no folder: %(detail)s"),
    Refusal.SAME_NAME: _("The archive has two entries with one name: %(detail)s"),
    Refusal.ENCRYPTED: _("The archive has an encrypted entry: %(detail)s. Build it without a password."),
    Refusal.METHOD: _("The archive has an entry that is packed in an unusual way: %(detail)s. Use ZIP's deflate."),
}


class PublishRefused(ValueError):
    """Something cannot be published, and nothing was. ``reason`` says why, ``detail`` what it speaks of."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        # What an archive says of itself may be long, and may hold anything.
        self.reason, self.detail = reason, "".join(c if c.isprintable() else "�" for c in detail)[:300]
        super().__init__(reason, self.detail)

    def __str__(self) -> str:
        return refusal_text(self.reason, self.detail)


def refusal_text(reason: str, detail: str) -> str:
    """Give the sentence for a reason, in the reader's language."""
    return str(TEXTS[Refusal(reason)]) % {"detail": detail}
