"""The programs of docs/verify-licence.md, taken out of the page as they stand, and what they say of files."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from torhaus_sdk.jwks import keys_from_jwks
from torhaus_sdk.licence import State, verify_licence
from torhaus_sdk.refusals import Refused

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "verify-licence.md"
VECTORS = ROOT / "tests" / "vectors"
INDEX = json.loads((VECTORS / "index.json").read_text("utf-8"))
EXPECTED = {vector["file"]: vector["code"] for vector in INDEX["vectors"]}
KEYS = VECTORS / INDEX["keys"]
NOW = datetime.fromtimestamp(INDEX["now"], UTC)
# Each with the Debian package that brings it.
PROGRAMS = {"sh": {"openssl": "openssl"}, "node": {"node": "nodejs"}, "php": {"php": "php-cli"}}
PROGRAMS |= {"java": {"java": "default-jdk-headless", "javac": "default-jdk-headless"}, "go": {"go": "golang-go"}}
SECTION = re.compile(
    r"^Save as `(?P<file>[^`]+)`:\n\n```\w+\n(?P<code>.*?)\n```\n\n```\n(?P<command>[^\n]+)\n```\n",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Language:
    """A documented program: its file, and the command that runs it on licence.txt."""

    file: str
    code: str
    command: str

    @property
    def name(self) -> str:
        """What starts it."""
        return self.command.split()[0]

    def lacks(self) -> list[str]:
        """Give the packages that would have to be installed to run it."""
        absent = {package for program, package in PROGRAMS[self.name].items() if not shutil.which(program)}
        if self.name == "sh" and not absent and not re.match(r"OpenSSL ([3-9]|\d\d)", _openssl_version()):
            absent = {"openssl (3.0 or newer)"}
        return sorted(absent)

    def written_to(self, folder: Path) -> None:
        """Write the program, as a reader of the page would."""
        (folder / self.file).write_text(self.code + "\n", "utf-8")

    def verdicts(self, folder: Path, files: Sequence[Path]) -> dict[Path, str]:
        """Give its code for each of ``files``, all in one call of the command."""
        self.written_to(folder)
        command = self.command.replace("$(date +%s)", str(INDEX["now"]))
        words = [str(KEYS) if word == "jwks.json" else word for word in command.split()[:-1]]
        words += [str(path) for path in files]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
        lines = [line.partition("\t") for line in done.stdout.splitlines()]
        said = {Path(path): code for code, _, path in lines}
        assert list(said) == list(files), done.stdout + done.stderr
        assert (done.returncode == 0) == (set(said.values()) <= {"valid"}), done.stderr
        return said


@cache
def _openssl_version() -> str:
    return subprocess.run(["openssl", "version"], capture_output=True, text=True, check=False).stdout


def documented() -> list[Language]:
    """Give the programs of the page."""
    return [Language(**found.groupdict()) for found in SECTION.finditer(PAGE.read_text("utf-8"))]


def missing_packages() -> list[str]:
    """Give the packages without which some documented program cannot run."""
    return sorted({package for language in documented() for package in language.lacks()})


def sdk_verdict(data: bytes) -> str:
    """Give what the SDK says of a file, as a code."""
    try:
        licence = verify_licence(data, keys=keys_from_jwks(KEYS.read_bytes()), audience=INDEX["audience"], now=NOW)
    except Refused as refusal:
        return refusal.code
    return "ended" if licence.state(NOW).state == State.ENDED else "valid"


def damaged(data: bytes, every: int) -> Iterable[bytes]:
    """Give ``data`` cut after, and changed at, every so many bytes."""
    for place in range(0, len(data), every):
        yield data[:place]
        yield data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        yield data[:place] + b" " + data[place:]
        yield data[:place] + data[place + 1 :]
