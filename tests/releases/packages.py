"""ZIPs of add-ons for tests, good ones and bad ones."""

import io
import json
import struct
import zipfile

MANIFEST = {
    "title": "Floorplan",
    "identifier": "floorplan",
    "version": "1.4",
    "author": "Acme Software GmbH",
    "description": "Räume und Racks auf dem Grundriss",
    "type": "addon",
    "requirements": {"core": ">= 33.0"},
    "dependencies": {"php": ["8.1"]},
}


def manifest(**changes) -> bytes:
    """A package.json; a change to None leaves the member out."""
    return json.dumps({k: v for k, v in (MANIFEST | changes).items() if v is not None}, ensure_ascii=False).encode()


def entry(name: str, *, mode: int = 0, **more) -> zipfile.ZipInfo:
    """An entry with attributes of one's own; its name is taken as it is."""
    made = zipfile.ZipInfo("x", (2026, 1, 1, 0, 0, 0))
    made.filename = name
    made.compress_type = zipfile.ZIP_DEFLATED
    made.external_attr = mode << 16
    for key, value in more.items():
        setattr(made, key, value)
    return made


def archive(*entries, package: bytes | None = b"", stored: bool = False) -> bytes:
    """A ZIP of (entry or name, content); ``package`` is its package.json (None: it has none)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as made:
        if package is not None:
            made.writestr(entry("package.json"), package or manifest())
        for name, content in entries:
            made.writestr(name if isinstance(name, zipfile.ZipInfo) else entry(name), content)
    return out.getvalue()


def with_long_list(entries: int) -> bytes:
    """Give an archive of one small entry that its list names ``entries`` times."""
    made = archive(("a", b""), package=None)
    begin, end = made.index(b"PK\x01\x02"), made.index(b"PK\x05\x06")
    listed = made[begin:end] * entries
    return made[:begin] + listed + made[end : end + 12] + struct.pack("<2LH", len(listed), begin, 0)


def overlapping() -> bytes:
    """Two entries of which the first reaches over the second, so bytes would be unpacked twice."""
    whole = bytearray(archive(("a", b"x" * 100), ("b", b"y" * 100), stored=True))
    directory = whole.index(b"PK\x01\x02", whole.index(b"PK\x01\x02") + 4)
    whole[directory + 20 : directory + 28] = (190).to_bytes(4, "little") * 2
    return bytes(whole)
