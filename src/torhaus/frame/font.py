"""The portal's font: Inter, cut down to the characters its languages need. Run as a process of its own by `build`."""

import sys
from pathlib import Path

import fontpkg
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

# Latin with its supplement and Extended-A, typographic marks, the euro, arrows and signs the pages use.
CHARACTERS = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *range(0x2010, 0x2028),
    *(0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x20AC, 0x2116, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x2248),
    *(0x2260, 0x2264, 0x2265, 0x2713),
)
FEATURES = ("kern", "tnum", "ccmp", "locl", "mark", "mkmk")


def write_font(target: Path) -> None:
    """Write the subset with weights 400 to 700 to ``target``, whole or not at all."""
    options = subset.Options(layout_features=list(FEATURES), flavor="woff2", hinting=False)
    font = TTFont(fontpkg.path("Inter"), recalcTimestamp=False)
    maker = subset.Subsetter(options)
    maker.populate(unicodes=CHARACTERS)
    maker.subset(font)  # first: most outlines go, and to narrow them would be most of the work
    narrowed = instancer.instantiateVariableFont(font, {"opsz": 14, "wght": (400, 700)})
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".incoming")
    subset.save_font(narrowed, str(unfinished), options)
    unfinished.replace(target)


if __name__ == "__main__":
    write_font(Path(sys.argv[1]))
