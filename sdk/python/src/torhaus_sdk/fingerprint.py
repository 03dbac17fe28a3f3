"""How a machine is recognised: named parts of it, hashed before they leave the machine.

A part is the SHA-256 of product key, part name and value, so that the same machine looks different to every product
and raw values are never sent, stored or logged. Parts: ``machine`` (the system's machine id), ``board`` (the
board's or virtual machine's id, where the product may read it), ``mac`` (a real network address). The host name is
not among them: renaming a machine does not make it another one. In a container these are shared or change with each
start; there, and where nothing is found, a random id kept in the state file stands for the machine (``kept``).
"""

import re
import uuid
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

__all__ = ["Fingerprint", "default_parts", "hashed", "in_container"]

Fingerprint = Mapping[str, str] | Callable[[], Mapping[str, str]]
_NAME = re.compile(r"[a-z0-9_.-]{1,32}")
_MACHINE = ("etc/machine-id", "var/lib/dbus/machine-id")
_BOARD = ("sys/class/dmi/id/product_uuid", "sys/class/dmi/id/board_serial")
_SAYS_NOTHING = {"", "none", "default string", "not specified", "to be filled by o.e.m.", "uninitialized", "0"}
_CONTAINERS = re.compile(r"docker|kubepods|containerd|libpod|lxc|garden|buildkit")


def hashed(parts: Mapping[str, str], product: str) -> dict[str, str]:
    """Give ``parts`` as they are sent.

    Raises:
        ValueError: none or more than 16, or a name of another form than ``[a-z0-9_.-]{1,32}``.
    """
    if not 1 <= len(parts) <= 16 or not all(_NAME.fullmatch(name) for name in parts):
        raise ValueError("a fingerprint has 1 to 16 parts, named by 1 to 32 of a-z, 0-9, _ . -")
    return {
        name: sha256("\0".join(("torhaus fingerprint v1", product, name, value)).encode("utf-8")).hexdigest()
        for name, value in sorted(parts.items())
    }


def default_parts(kept: Callable[[], str], *, root: Path = Path("/")) -> dict[str, str]:
    """Give the raw parts of this machine; ``kept`` gives the random id of the state file. Never raises."""
    if in_container(root):
        return {"kept": kept()}
    found = {"machine": _first(root, _MACHINE), "board": _first(root, _BOARD), "mac": _mac()}
    return {name: value for name, value in found.items() if value} or {"kept": kept()}


def in_container(root: Path = Path("/")) -> bool:
    """Whether this runs in a container."""
    if (root / ".dockerenv").exists() or (root / "run/.containerenv").exists():
        return True
    return bool(_CONTAINERS.search(_text(root / "proc/1/cgroup")) or "container=" in _text(root / "proc/1/environ"))


def _first(root: Path, names: tuple[str, ...]) -> str:
    values = (_text(root / name).strip().lower() for name in names)
    return next((value for value in values if value not in _SAYS_NOTHING and set(value) - set("0f-")), "")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(20_000).decode("utf-8", "replace")
    except OSError:
        return ""


def _mac() -> str:
    node = uuid.getnode()
    made_up = bool(node >> 40 & 1)  # the multicast bit marks a number Python drew by lot
    own = bool(node >> 40 & 2)  # locally administered: virtual networks hand these out anew
    return "" if made_up or own else f"{node:012x}"
