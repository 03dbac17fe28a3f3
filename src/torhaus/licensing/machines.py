"""Machines as offline licences are bound to them, and the code by which a machine without a connection is told to us.

A code is what the SDK sends of a machine: named parts, hashed there. What an installation keeps of it for matching are
keyed hashes (``fingerprints.py``); the code itself, which a product must be able to compare, is kept encrypted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from torhaus.core.sealed import Unreadable, seal, unseal
from torhaus.licensing.fingerprints import LONGEST_VALUE, MOST_PARTS, PART_NAME
from torhaus.licensing.grants import Policy
from torhaus_sdk.licence import Matching, fingerprint_hash
from torhaus_sdk.machine import machine_code, machine_id, marks_of

LONGEST_CODE = 4_000
_PURPOSE = b"torhaus machine v1"
_LINE = re.compile(rf"({PART_NAME})=(\S{{1,{LONGEST_VALUE}}})")


class NoMachineCode(ValueError):
    """The text is no code of a machine."""


@dataclass(frozen=True)
class Binding:
    """What a file says of the one machine it is for."""

    bindings: tuple[str, ...]
    marks: tuple[str, ...]
    matching: Matching


def binding_of(parts: Mapping[str, str], policy: Policy) -> Binding:
    """Give what binds a file to the machine with these parts, as far as the policy wants them to fit."""
    return Binding((fingerprint_hash(machine_id(parts)),), marks_of(parts), Matching(policy.matching))


def read_code(text: str) -> dict[str, str]:
    """Give the parts a machine's code names; blanks and line ends part them, as mails and forms like it.

    Raises:
        NoMachineCode: it is none.
    """
    words = text.split()
    found = [_LINE.fullmatch(word) for word in words]
    parts = {one[1]: one[2] for one in found if one}
    if not 1 <= len(words) <= MOST_PARTS or len(parts) != len(words):
        raise NoMachineCode
    return parts


def sealed_machine(parts: Mapping[str, str]) -> str:
    """Give a machine's parts as an installation keeps them; those that would not be read again are not kept."""
    code = machine_code(parts)
    try:
        return seal(code.encode(), purpose=_PURPOSE) if read_code(code) == parts else ""
    except NoMachineCode:
        return ""


def opened_machine(text: str) -> dict[str, str]:
    """Give the parts an installation keeps; none where it keeps none, or they cannot be read any more."""
    try:
        return read_code(unseal(text, purpose=_PURPOSE).decode()) if text else {}
    except (Unreadable, NoMachineCode):
        return {}
