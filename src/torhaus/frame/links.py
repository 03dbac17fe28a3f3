"""The vendor's links (privacy, knowledge base, …): one address each, or one per language."""

from typing import Any

from django.utils.translation import get_language

from torhaus.core.texts import text_in


def link_of(links: dict[str, Any], key: str) -> str:
    """Give the address of ``key`` in the page's language; nothing for none, or for what is no web address."""
    found = links.get(key, "")
    url = text_in(found, (get_language() or "en")[:2]) if isinstance(found, dict) else str(found)
    return url if url.startswith(("https://", "http://")) else ""
