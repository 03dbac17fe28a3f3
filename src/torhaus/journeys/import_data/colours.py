"""Whether the vendor's colours can be read (WCAG 2.2, 1.4.3). Pure."""

from torhaus.core.colours import READABLE, contrast

GROUNDS = {
    "accent_light": ("#ffffff", "white, the ground of the light display"),
    "accent_dark": ("#171d26", "#171d26, the ground of the dark display"),
    "bar_color": ("#eef1f6", "#eef1f6, the text on the bar"),
}


def contrast_problem(field: str, colour: str) -> str:
    """Say why ``colour`` cannot be read as ``field`` of the vendor, or give an empty text."""
    ground, name = GROUNDS[field]
    found = contrast(colour, ground)
    if found >= READABLE:
        return ""
    return f"expected a contrast of at least {READABLE} : 1 with {name}; {colour} has {found:.1f} : 1"
