"""A vendor's text in several languages: ``{"de": "…", "en": "…"}``, or ``{"": "…"}`` for all."""

Texts = dict[str, str]


def text_in(texts: Texts, language: str, fallback: str = "en") -> str:
    """Give the text in ``language``, else the neutral one, else ``fallback``'s, else any."""
    for key in (language, "", fallback):
        if texts.get(key):
            return texts[key]
    return next(iter(texts.values()), "")
