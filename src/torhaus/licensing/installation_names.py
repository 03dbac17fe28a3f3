"""The names of installations, as people and products give them. Pure."""

import unicodedata

LONGEST_NAME = 120


def plain_name(said: str) -> str:
    """Give a name on one line, without what cannot be seen: U+202E, say, would turn the text behind it around."""
    seen = (one for one in said if one.isspace() or unicodedata.category(one) not in {"Cc", "Cf"})
    return " ".join("".join(seen).split())
