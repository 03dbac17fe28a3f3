"""Finds a person in texts: by mail address and by name, as they stand in plain text, HTML and addresses of links."""

import html
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import quote


def mentions_of(mail: str, names: Collection[str] = ()) -> re.Pattern[str]:
    """Give what finds a mail address and names in a text, in any case, and never inside a longer address or word."""
    address = "|".join(re.escape(one) for one in sorted({mail, quote(mail, safe=""), html.escape(mail)}))
    wanted = [rf"(?<![\w.+%-])(?:{address})(?![\w-]|\.\w)"]
    for name in sorted(names, key=len, reverse=True):
        spelled = {r"\s+".join(re.escape(word) for word in one.split()) for one in (name, html.escape(name))}
        wanted.append(rf"(?<!\w)(?:{'|'.join(sorted(spelled))})(?!\w)")
    return re.compile("|".join(wanted), re.IGNORECASE)


def without_mentions(value: Any, found: re.Pattern[str], instead: str) -> Any:
    """Give a text, or whatever JSON can say, with ``instead`` in place of what is found."""
    if isinstance(value, str):
        return found.sub(lambda _: instead, value)
    if isinstance(value, list):
        return [without_mentions(one, found, instead) for one in value]
    if isinstance(value, dict):
        return {key: without_mentions(one, found, instead) for key, one in value.items()}
    return value
