"""The ZIP of an add-on: its package.json, read and checked (B65, B66). The archive itself is checked in ``archive.py``."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from torhaus.releases.archive import Archive
from torhaus.releases.refusals import PublishRefused, Refusal
from torhaus.releases.rules import Requirement, UnreadableRequirement, parse_requirement

MANIFEST = "package.json"
LARGEST = 256 * 1024
# Each member that has to be there, and how many characters it may have.
TEXTS = {"title": 120, "identifier": 60, "version": 40, "author": 120, "description": 255, "type": 40}
VERSION = re.compile(r"v?[0-9][0-9A-Za-z.+!_~-]{0,39}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class AddOnPackage:
    """What the archive says of itself. ``manifest`` holds the known members only."""

    manifest: dict[str, Any]
    requires: Requirement

    @property
    def identifier(self) -> str:
        """The add-on's name for programs."""
        return str(self.manifest["identifier"])

    @property
    def version(self) -> str:
        """The version of the add-on."""
        return str(self.manifest["version"])


def read_package(path: Path) -> AddOnPackage:
    """Read the ZIP of an add-on.

    Raises:
        PublishRefused: it is none that can be published; the reason says why.
    """
    with Archive(path) as archive:
        content = archive.read(MANIFEST, LARGEST)
    if content is None:
        raise PublishRefused(Refusal.NO_PACKAGE_JSON)
    if len(content) > LARGEST:
        raise PublishRefused(Refusal.PACKAGE_JSON, _("it has more than %(bytes)s bytes") % {"bytes": LARGEST})
    return read_manifest(content)


def read_manifest(content: bytes) -> AddOnPackage:
    """Read the bytes of a package.json. Raises PublishRefused."""
    given = read_json(content, Refusal.PACKAGE_JSON)
    if not isinstance(given, dict):
        raise PublishRefused(Refusal.PACKAGE_JSON, _("it is no object"))
    manifest: dict[str, Any] = {name: _text(given, name, most) for name, most in TEXTS.items()}
    if not _IDENTIFIER.fullmatch(manifest["identifier"]):
        raise _wrong("identifier", _("letters, digits, dots, hyphens and underscores"))
    if not VERSION.fullmatch(manifest["version"]):
        raise PublishRefused(Refusal.VERSION, manifest["version"])
    manifest["requirements"] = _object(given, "requirements")
    manifest["dependencies"] = _dependencies(given)
    core = manifest["requirements"].get("core", "")
    if not isinstance(core, str):
        raise _wrong("requirements.core", _("a text"))
    try:
        return AddOnPackage(manifest, parse_requirement(core))
    except UnreadableRequirement as error:
        raise PublishRefused(Refusal.REQUIREMENT, core) from error


def read_json(content: bytes, refusal: Refusal) -> Any:
    """Read JSON strictly: UTF-8, no member twice, no NaN, nothing that a database cannot keep. Raises PublishRefused."""
    try:
        given = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant)
        _keepable(given)
    except UnicodeDecodeError as error:
        raise PublishRefused(refusal, _("it is not in UTF-8")) from error
    except RecursionError as error:
        raise PublishRefused(refusal, _("it is nested too deeply")) from error
    except ValueError as error:
        raise PublishRefused(refusal, str(error)) from error
    return given


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(_("a member stands there twice"))
    return found


def _no_constant(name: str) -> None:
    raise ValueError(_("%(name)s is no JSON") % {"name": name})


def _keepable(value: Any) -> None:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise ValueError(_("a text holds characters that cannot be kept"))
    elif isinstance(value, dict):
        for name, inner in value.items():
            _keepable(name)
            _keepable(inner)
    elif isinstance(value, list):
        for inner in value:
            _keepable(inner)


def _text(given: dict[str, Any], name: str, most: int) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(name, _("a text"))
    value = value.strip()
    if len(value) > most:
        raise _wrong(name, _("a text of %(most)s characters at most") % {"most": most})
    if not all(c.isprintable() or (name == "description" and c in "\n\t") for c in value):
        raise _wrong(name, _("a text without control characters"))
    return value


def _object(given: dict[str, Any], name: str) -> dict[str, Any]:
    value = given.get(name) or {}
    if not isinstance(value, dict):
        raise _wrong(name, _("an object"))
    return value


def _dependencies(given: dict[str, Any]) -> dict[str, Any] | list[Any]:
    value = given.get("dependencies") or {}
    if not isinstance(value, dict | list):
        raise _wrong("dependencies", _("an object or a list"))
    return value


def _wrong(name: str, expected: str) -> PublishRefused:
    return PublishRefused(Refusal.MEMBER, _("%(name)s must be %(expected)s") % {"name": name, "expected": expected})
