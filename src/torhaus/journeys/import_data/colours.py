"""Whether the vendor's colours can be read (WCAG 2.2, 1.4.3). Pure."""

LEAST_CONTRAST = 4.5
GROUNDS = {
    "accent_light": ("#ffffff", "white, the ground of the light display"),
    "accent_dark": ("#171d26", "#171d26, the ground of the dark display"),
    "bar_color": ("#eef1f6", "#eef1f6, the text on the bar"),
}


def luminance(colour: str) -> float:
    """Give the relative luminance (0 to 1) of ``#rrggbb``."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Give the contrast (1 to 21) of two colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def contrast_problem(field: str, colour: str) -> str:
    """Say why ``colour`` cannot be read as ``field`` of the vendor, or give an empty text."""
    ground, name = GROUNDS[field]
    found = contrast(colour, ground)
    if found >= LEAST_CONTRAST:
        return ""
    return f"expected a contrast of at least {LEAST_CONTRAST} : 1 with {name}; {colour} has {found:.1f} : 1"
