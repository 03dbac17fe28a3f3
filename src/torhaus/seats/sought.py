"""What searches look at: a holder's name, organisation and mail address as one text in folded letters.

A database folds the letters of a search each by its own rules, and SQLite those of ASCII only. Folded here, and kept
beside the seat, one comparison answers alike on both, and an index over it is possible.
"""

import unicodedata

# Parts a holder's name from the organisation, so that no search finds where one ends and the other begins.
PARTS = "\x1f"


def folded(*texts: str) -> str:
    """Give texts as searches compare them: in one case (Unicode 3.13, caseless matching) and composed (NFC)."""
    return PARTS.join(unicodedata.normalize("NFC", text.casefold().replace(PARTS, " ")) for text in texts if text)
