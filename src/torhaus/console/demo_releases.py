"""The demo's real files: small packages, made here and published as a vendor would publish them.

Made the same way they have the same bytes, so another start finds everything there.
"""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from torhaus.catalogue.queries import product_named
from torhaus.console.words import CONSOLE
from torhaus.core.texts import Texts
from torhaus.journeys.publish_add_on import store_and_publish_add_on
from torhaus.journeys.publish_release import store_and_publish
from torhaus.releases.incoming import Incoming
from torhaus.releases.models import Channel, FileKind
from torhaus.releases.publishing import Said
from torhaus.releases.refusals import PublishRefused
from torhaus.vendor.queries import the_vendor

ALL_KINDS = (FileKind.INSTALLATION, FileKind.UPDATE, FileKind.WINDOWS_INSTALLER, FileKind.VIRTUAL_APPLIANCE)
TWO_KINDS = ALL_KINDS[:2]
# Versions that releases.toml brings, and what is downloaded of each.
RELEASES: dict[str, dict[str, tuple[FileKind, ...]]] = {
    "acme-cmdb": {
        "35.0-rc1": TWO_KINDS,
        "34.1": (*ALL_KINDS, FileKind.SBOM),
        "34.0": ALL_KINDS,
        "33.2": ALL_KINDS,
        "33.1": TWO_KINDS,
        "33.0": (FileKind.INSTALLATION,),
    },
    "acme-rooms": {"8.4": (*ALL_KINDS, FileKind.SBOM), "8.3": TWO_KINDS},
}
# Of each add-on: version, days ago, what core it needs, channel, and what is new.
ADD_ONS: dict[str, list[tuple[str, int, str, Channel, Texts]]] = {
    "network-maps": [
        ("1.19", 210, ">= 32.0", Channel.STABLE, {"de": "Erste Fassung mit Ebenen", "en": "First version with layers"}),
        ("2.0", 90, ">= 33.0", Channel.STABLE, {"de": "Neuer Zeichenkern", "en": "New drawing engine"}),
        ("2.1", 6, ">= 34.0", Channel.STABLE, {
            "de": "- Export als SVG\n- Filter nach **Standort**", "en": "- Export as SVG\n- Filter by **location**",
        }),
    ],
    "contract-watch": [
        ("0.9", 150, ">= 33.0", Channel.STABLE, {"de": "Fristen im Kalender", "en": "Deadlines in the calendar"}),
        ("1.0", 20, "33.2 - 35.0", Channel.STABLE, {"de": "Erinnerungen per Mail", "en": "Reminders by mail"}),
    ],
    "risk-desk": [
        ("3.1", 60, ">= 33.0", Channel.STABLE, {"de": "Maßnahmenkatalog 2026", "en": "Catalogue of controls 2026"}),
        ("3.2-beta1", 2, ">= 34.0", Channel.BETA, {"de": "Vorabversion: Berichte", "en": "Preview: reports"}),
    ],
}  # fmt: skip
WITH_SBOM = {("risk-desk", "3.1")}
TITLES = {
    "network-maps": ("Network Maps", "Acme Software GmbH", "Zeichnet Netze aus den dokumentierten Verbindungen."),
    "contract-watch": ("Contract Watch", "Acme Software GmbH", "Erinnert an Fristen von Wartungsverträgen."),
    "risk-desk": ("Risk Desk", "Felsner & Partner", "Schutzbedarf und Maßnahmen nach IT-Grundschutz."),
}
_MADE = datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC"))


def publish_demo_releases(day: date) -> None:
    """Publish the demo's files, as seen on ``day``; what is there stays as it is."""
    with TemporaryDirectory(prefix="torhaus-demo-") as folder:
        for product, versions in RELEASES.items():
            for version, kinds in versions.items():
                _publish(product, version, kinds, Path(folder))
        for key, add_on_versions in ADD_ONS.items():
            for version, ago, core, channel, notes in add_on_versions:
                said = Said(channel=channel, notes=notes, publish_at=_morning(day - timedelta(days=ago)))
                _publish_add_on(key, version, core, said, Path(folder))


def _publish(product: str, version: str, kinds: tuple[FileKind, ...], folder: Path) -> None:
    found = product_named(product)
    if found is None:
        return  # the demo's catalogue was changed
    files = [_file(product, version, kind, folder) for kind in kinds]
    try:
        store_and_publish(product=found, version=version, files=files, by=CONSOLE)
    except PublishRefused:
        return  # an older Torhaus made other bytes for it; those stay


def _publish_add_on(key: str, version: str, core: str, said: Said, folder: Path) -> None:
    path = folder / f"{key}-{version}.zip"
    path.write_bytes(_zip({"package.json": _manifest(key, version, core), **_texts(key, version)}))
    sbom = _sbom(key, version, folder) if (key, version) in WITH_SBOM else None
    archive = Incoming(FileKind.ADD_ON, path, path.name)
    try:
        store_and_publish_add_on(archive=archive, sbom=sbom, key=key, said=said, by=CONSOLE)
    except PublishRefused:
        return  # as above, or it is out already


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9), ZoneInfo(the_vendor().time_zone))


def _file(product: str, version: str, kind: FileKind, folder: Path) -> Incoming:
    if kind == FileKind.SBOM:
        return _sbom(product, version, folder)
    content = _texts(product, version, kind)
    if kind == FileKind.VIRTUAL_APPLIANCE:
        name, packed = f"{product}-{version}-{kind}.tar.gz", _tar(content)
    else:
        name, packed = f"{product}-{version}-{kind}.zip", _zip(content)
    (folder / name).write_bytes(packed)
    return Incoming(kind, folder / name, name)


def _sbom(name: str, version: str, folder: Path) -> Incoming:
    components = [
        {"type": "library", "bom-ref": f"{library}@{number}", "name": library, "version": number}
        for library, number in _LIBRARIES
    ]
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": name, "name": name, "version": version}},
        "components": components,
    }
    path = folder / f"{name}-{version}.cdx.json"
    path.write_bytes(json.dumps(content, indent=2).encode())
    return Incoming(FileKind.SBOM, path, path.name)


_LIBRARIES = (("acme-core", "12.4"), ("acme-reports", "3.0.2"), ("acme-search", "1.9.1"))


def _manifest(key: str, version: str, core: str) -> bytes:
    title, author, description = TITLES[key]
    content = {
        "title": title,
        "identifier": key,
        "version": version,
        "author": author,
        "description": description,
        "type": "addon",
        "requirements": {"core": core},
        "dependencies": {"php": ["8.2"]},
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def _texts(name: str, version: str, kind: str = FileKind.ADD_ON) -> dict[str, bytes]:
    manifest = {"name": name, "version": version, "kind": str(kind)}
    readme = (
        f"# {name} {version}\n\n"
        f"This is the package “{kind}” of a vendor that does not exist. It belongs to the demo of Torhaus,\n"
        "holds no software, and is here so that downloads, checksums and signatures can be tried.\n"
    )
    return {"README.md": readme.encode(), "manifest.json": json.dumps(manifest, indent=2).encode()}


def _zip(content: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(content.items()):
            entry = zipfile.ZipInfo(name, _MADE.timetuple()[:6])
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o100644 << 16, 3
            archive.writestr(entry, data)
    return out.getvalue()


def _tar(content: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for entry, data in _entries(content):
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(out.getvalue(), mtime=int(_MADE.timestamp()))


def _entries(content: dict[str, bytes]) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    for name, data in sorted(content.items()):
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime = len(data), int(_MADE.timestamp())
        yield entry, data
