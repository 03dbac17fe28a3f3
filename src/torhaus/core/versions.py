"""Versions compare by their numbers: 33 is after 1.19 (B66), 2.0-rc1 before 2.0. Pure."""

import re

_PART = re.compile(r"[0-9]+|[a-z]+")
_EPOCH = re.compile(r"([0-9]+)!")
# Words in front of a release, the earliest first; a word nobody knows comes before all that are known to be later.
_BEFORE = {
    "dev": 0,
    "snapshot": 0,
    "nightly": 0,
    "a": 2,
    "alpha": 2,
    "b": 3,
    "beta": 3,
    "m": 4,
    "milestone": 4,
    "pre": 5,
    "preview": 5,
    "c": 6,
    "rc": 6,
}
_AFTER = {"post", "rev", "r", "p", "patch", "sp", "hotfix"}
_UNKNOWN = 1
_END = (0, 0, "")

Key = tuple[tuple[int, int, str], ...]


def version_key(version: str) -> Key:
    """Give what versions sort by.

    Numbers count as numbers, however long; a word such as "rc" makes a version earlier than the
    same without it, and "patch" later; an epoch ("1!2.0") comes before all; what follows a plus
    says how it was built, not which version it is.
    """
    text = version.strip().lower().partition("+")[0]
    epoch = _EPOCH.match(text)
    rest = _PART.findall((text[epoch.end() :] if epoch else text).removeprefix("v"))
    head: list[tuple[int, int, str]] = []
    while rest and rest[0][0].isdigit():
        head.append(_number(rest.pop(0)))
    while head and head[-1] == _number("0"):
        head.pop()  # 34 and 34.0 are the same version
    tail = [_number(part) if part[0].isdigit() else _word(part) for part in rest]
    return (_number(epoch[1] if epoch else "0"), *head, *tail, _END)


def _number(digits: str) -> tuple[int, int, str]:
    # By length and then by digits: the same order as that of the numbers, and no limit to their length.
    plain = digits.lstrip("0")
    return (1, len(plain), plain)


def _word(word: str) -> tuple[int, int, str]:
    if word in _AFTER:
        return (0, 1, "")
    rank = _BEFORE.get(word, _UNKNOWN)
    return (-1, rank, word if rank == _UNKNOWN else "")
