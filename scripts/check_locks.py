"""Check that the locks hold what pyproject.toml asks for, each in a fitting version and with its hashes."""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(
    r"^([A-Za-z0-9._-]+)==([^ \\;]+)(?: ; [^\\]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+)", re.MULTILINE
)


def pins(path: Path) -> dict[str, str]:
    """Give name and version of every pin that carries a hash."""
    return {canonicalize_name(name): version for name, version, _ in PIN.findall(path.read_text("utf-8"))}


def findings() -> list[str]:
    """Give what does not fit, one sentence each."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    sdk = tomllib.loads((ROOT / "sdk/python/pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    run = [*project["dependencies"], *sdk["dependencies"], *extras["build"]]
    found = []
    for name, wanted in (("run", run), ("dev", [*run, *extras["dev"]]), ("bench", [*run, *extras["bench"]])):
        path = ROOT / "requirements" / f"{name}.txt"
        locked = pins(path)
        lines = re.findall(r"^[A-Za-z0-9._-]+==", path.read_text("utf-8"), re.MULTILINE)
        # A package may be pinned twice, for different versions of Python.
        hashed = PIN.findall(path.read_text("utf-8"))
        if len(lines) != len(hashed):
            found.append(f"{path.name}: {len(lines) - len(hashed)} pins without hashes")
        for text in wanted:
            requirement = Requirement(text)
            version = locked.get(canonicalize_name(requirement.name))
            if requirement.name == "torhaus-sdk":
                continue
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                found.append(f"{path.name} has {requirement.name} {version}, pyproject.toml asks for {text}")
    return found + _different()


def _different() -> list[str]:
    run, dev = (pins(ROOT / "requirements" / f"{name}.txt") for name in ("run", "dev"))
    return [
        f"{name}: run.txt has {version}, dev.txt {dev.get(name)}"
        for name, version in run.items()
        if dev.get(name) != version
    ]


if __name__ == "__main__":
    problems = findings()
    for problem in problems:
        print(f"{problem}; run `make lock`")
    sys.exit(bool(problems))
