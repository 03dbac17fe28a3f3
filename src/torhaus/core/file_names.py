"""Names of files that go to, or come from, other machines."""

import re

LONGEST = 180
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+')


def safe_name(name: str) -> str:
    """Give ``name`` without what no file system, or no reader, should meet: separators, controls, turned text."""
    clean = _UNSAFE.sub("-", name.encode("utf-8", "replace").decode("utf-8")).strip(" .-")
    return clean[:LONGEST].rstrip(" .-") or "file"
