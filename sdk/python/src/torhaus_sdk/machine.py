"""The machine as the client knows it: its hashed parts, and the marks that bind a kept answer to it.

A nonce is random and ends with marks of the machine's parts. The signed answer repeats it, so an answer that was
copied to another machine is known as foreign there without contact. More than half of the marks must fit.
"""

import logging
import re
import secrets
from collections.abc import Callable, Mapping
from hashlib import sha256

from torhaus_sdk.fingerprint import Fingerprint, default_parts, hashed
from torhaus_sdk.jws import b64

_MARK = 8
_NONCE = re.compile(rf"[A-Za-z0-9_-]{{22}}\.((?:[0-9a-f]{{{_MARK}}})*)")
_log = logging.getLogger("torhaus_sdk")


def machine_id(parts: Mapping[str, str]) -> str:
    """Give one text for all parts of a machine, as they are sent: what an offline licence is bound to."""
    return sha256("\n".join(f"{name}={value}" for name, value in sorted(parts.items())).encode()).hexdigest()


def marks_of(parts: Mapping[str, str]) -> tuple[str, ...]:
    """Give a short mark of each part of a machine, as they are sent: it tells machines apart and names none."""
    return tuple(sha256(f"mark {name}={value}".encode()).hexdigest()[:_MARK] for name, value in sorted(parts.items()))


def machine_code(parts: Mapping[str, str]) -> str:
    """Give the text by which a machine without a connection is told to the portal: its parts, one a line."""
    return "\n".join(f"{name}={value}" for name, value in sorted(parts.items()))


class Machine:
    """The parts are read once; ``kept`` gives the random id of the state file."""

    def __init__(self, fingerprint: Fingerprint | None, product: str, kept: Callable[[], str]) -> None:
        self._given = dict(fingerprint) if isinstance(fingerprint, Mapping) else fingerprint
        self._product = product
        self._kept = kept
        self._parts: dict[str, str] | None = None
        if isinstance(self._given, dict):
            self._parts = hashed(self._given, product)

    def parts(self) -> dict[str, str]:
        """Give the parts as they are sent: SHA-256, never raw values."""
        parts = self._parts
        if parts is None:
            parts = hashed(self._raw(), self._product)
            self._parts = parts
        return parts

    def id(self) -> str:
        """Give one text for all parts: what an offline licence is bound to."""
        return machine_id(self.parts())

    def code(self) -> str:
        """Give the text that the portal asks for where it binds an offline licence to this machine."""
        return machine_code(self.parts())

    def marks(self) -> tuple[str, ...]:
        """Give the marks of the parts."""
        return marks_of(self.parts())

    def nonce(self) -> str:
        """Make a nonce for a question from this machine."""
        return f"{b64(secrets.token_bytes(16))}.{''.join(self.marks())}"

    def asked(self, nonce: str) -> bool:
        """Whether a nonce was made on this machine, as far as more than half of its parts tell."""
        found = _NONCE.fullmatch(nonce)
        if found is None:
            return False
        marks = [found[1][at : at + _MARK] for at in range(0, len(found[1]), _MARK)]
        ours = set(self.marks())
        return sum(mark in ours for mark in marks) * 2 > len(marks)

    def _raw(self) -> Mapping[str, str]:
        if not callable(self._given):
            return default_parts(self._kept)
        try:
            parts = {str(name): str(value) for name, value in self._given().items()}
            hashed(parts, self._product)
        except Exception as error:  # noqa: BLE001 - the product's own function; licensing must not fail with it
            _log.warning("the fingerprint function failed (%s); a kept id is used", type(error).__name__)
            return {"kept": self._kept()}
        return parts
