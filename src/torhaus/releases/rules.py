"""Rules of versions: they compare by their numbers (33 is after 1.19, B66). Pure."""

import re

_PART = re.compile(r"\d+|[a-z]+")


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Give what versions sort by: numbers as numbers; a word ("rc1") makes it earlier than none."""
    head: list[tuple[int, int, str]] = []
    rest = _PART.findall(version.lower().removeprefix("v"))
    while rest and rest[0].isdigit():
        head.append((1, int(rest.pop(0)), ""))
    while head and head[-1][1] == 0:
        head.pop()  # 34 and 34.0 are the same version
    tail = [(1, int(part), "") if part.isdigit() else (-1, 0, part) for part in rest]
    return (*head, *tail, (0, 0, ""))
