"""Files people attach, and commands that check them."""

import gzip
import io
import zipfile
from pathlib import Path

# The harmless test virus of EICAR, in two parts so that no scanner stops at this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def zipped(content: bytes = b"x") -> bytes:
    """A ZIP file with one entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", content)
    return out.getvalue()


GOOD = {
    "photo.png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 20,
    "photo.jpg": b"\xff\xd8\xff\xe0" + b"\x00" * 20,
    "photo.JPEG": b"\xff\xd8\xff\xdb" + b"\x00" * 20,
    "photo.webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "photo.gif": b"GIF89a" + b"\x00" * 20,
    "report.pdf": b"%PDF-1.7\n\x00",
    "notes.txt": "Größe: 3 m²\r\n".encode(),
    "server.log": "Start\n".encode("utf-16"),
    "list.csv": "a;ü\n".encode("latin-1"),
    "state.json": b"{}",
    "config.xml": b"<?xml version='1.0'?><a/>",
    "all.zip": zipped(),
    "server.log.gz": gzip.compress(b"Start\n"),
}


def scanner(folder: Path, *, name: str = "scan") -> str:
    """A command that finds the test virus, as a scanner does, and gives its line."""
    script = folder / f"{name}.sh"
    script.write_text(
        "#!/bin/sh\nif grep -q 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE' \"$1\"; then"
        ' echo "$1: Eicar-Test-Signature FOUND"; exit 1; fi\nexit 0\n'
    )
    script.chmod(0o755)
    return str(script)
