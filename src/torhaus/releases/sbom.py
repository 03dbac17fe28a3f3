"""Lists of components (SBOM) as CycloneDX JSON.

Checked are the members that the specification demands, and the types of those that say what is in a
release; it is not a validation against the whole schema (ECMA-424).
"""

import re
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from torhaus.releases.add_on_package import read_json
from torhaus.releases.refusals import PublishRefused, Refusal

LARGEST = 32 * 1024**2
# JSON came with 1.2.
SPECIFICATIONS = {"1.2", "1.3", "1.4", "1.5", "1.6", "1.7"}
TYPES = {
    "application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver",
    "firmware", "file", "machine-learning-model", "data", "cryptographic-asset",
}  # fmt: skip
_SERIAL = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def check_sbom(path: Path) -> None:
    """Check that a file is a CycloneDX list of components.

    Raises:
        PublishRefused: it is none; the detail says what is wrong.
    """
    if path.stat().st_size > LARGEST:
        raise _wrong(_("it has more than %(bytes)s bytes") % {"bytes": LARGEST})
    given = read_json(path.read_bytes(), Refusal.SBOM)
    if not isinstance(given, dict):
        raise _wrong(_("it is no object"))
    if given.get("bomFormat") != "CycloneDX":
        raise _wrong(_expected("bomFormat", "CycloneDX"))
    if given.get("specVersion") not in SPECIFICATIONS:
        known = f"{min(SPECIFICATIONS)} – {max(SPECIFICATIONS)}"
        raise _wrong(_expected("specVersion", known))
    version = given.get("version", 1)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _wrong(_("%(name)s must be a whole number from 1 on") % {"name": "version"})
    serial = given.get("serialNumber")
    if serial is not None and not (isinstance(serial, str) and _SERIAL.fullmatch(serial)):
        raise _wrong(_expected("serialNumber", "urn:uuid:…"))
    references: set[str] = set()
    subject = given.get("metadata", {})
    if not isinstance(subject, dict):
        raise _wrong(_("%(name)s must be an object") % {"name": "metadata"})
    if "component" in subject:
        _check_component(subject["component"], "metadata.component", references)
    if "components" not in given:
        raise _wrong(_("%(name)s is missing: it would not say what the release contains") % {"name": "components"})
    _check_components(given["components"], "components", references)


def _check_components(components: Any, where: str, references: set[str]) -> None:
    if not isinstance(components, list):
        raise _wrong(_("%(name)s must be a list") % {"name": where})
    for number, component in enumerate(components):
        _check_component(component, f"{where}[{number}]", references)


def _check_component(component: Any, where: str, references: set[str]) -> None:
    if not isinstance(component, dict):
        raise _wrong(_("%(name)s must be an object") % {"name": where})
    if component.get("type") not in TYPES:
        raise _wrong(_("%(name)s is none that CycloneDX knows") % {"name": f"{where}.type"})
    if not isinstance(component.get("name"), str) or not component["name"]:
        raise _wrong(_("%(name)s must be a text") % {"name": f"{where}.name"})
    for name in ("version", "purl", "cpe", "bom-ref"):
        if not isinstance(component.get(name, ""), str):
            raise _wrong(_("%(name)s must be a text") % {"name": f"{where}.{name}"})
    if reference := component.get("bom-ref"):
        if reference in references:
            raise _wrong(_("%(name)s stands there twice") % {"name": f"{where}.bom-ref"})
        references.add(reference)
    if "components" in component:
        _check_components(component["components"], f"{where}.components", references)


def _expected(name: str, value: str) -> str:
    return _("%(name)s is not %(expected)s") % {"name": name, "expected": value}


def _wrong(what: str) -> PublishRefused:
    return PublishRefused(Refusal.SBOM, what)
