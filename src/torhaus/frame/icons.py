"""Lucide icons, inlined: no request, no font, and they take the colour of their text."""

from functools import lru_cache

import lucide
from django.utils.safestring import SafeString, mark_safe


@lru_cache(maxsize=512)
def icon_svg(name: str, size: int) -> SafeString:
    """Give the icon as SVG, hidden from screen readers: the word beside it speaks.

    Raises:
        lucide.IconDoesNotExist: no icon has this name.
    """
    svg = lucide._render_icon(name, size, aria_hidden="true", focusable="false")  # noqa: SLF001 - the tag's own core
    return mark_safe(" ".join(svg.split()).replace("> <", "><"))  # noqa: S308 - from the icon package, not from people
