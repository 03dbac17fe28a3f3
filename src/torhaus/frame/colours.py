"""A vendor's colour is strengthened until text in it can be read."""

import re

from torhaus.core.colours import READABLE, contrast

HEX = re.compile(r"#[0-9a-fA-F]{6}")


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
