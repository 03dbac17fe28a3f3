"""Contrast of colours by WCAG 2.2: a vendor's colour is strengthened until text in it can be read."""

import re

HEX = re.compile(r"#[0-9a-fA-F]{6}")
READABLE = 4.5


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two ``#rrggbb`` colours, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def ink_on(background: str) -> str:
    """Give white or near-black, whichever reads better on ``background``."""
    return "#fff" if contrast("#ffffff", background) >= contrast("#11153a", background) else "#11153a"


def readable(colour: str, background: str, *, darker: bool) -> str:
    """Give ``colour``, moved towards black (or white) in steps until it is readable on ``background``."""
    goal = 0 if darker else 255
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    for step in range(21):
        mixed = "#" + "".join(f"{round(c + (goal - c) * step / 20):02x}" for c in channels)
        if contrast(mixed, background) >= READABLE:
            return mixed
    return "#000000" if darker else "#ffffff"


def _luminance(colour: str) -> float:
    linear = []
    for i in (1, 3, 5):
        value = int(colour[i : i + 2], 16) / 255
        linear.append(value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
