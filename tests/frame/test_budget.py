"""What the frame weighs, and that its colours can be read: hard limits of the style guide."""

import re
from pathlib import Path

import brotli
import pytest

from torhaus.core.colours import contrast

STATIC = Path(__file__).resolve().parent.parent.parent / "src" / "torhaus" / "frame" / "static" / "frame"
CSS = (STATIC / "portal.css").read_text("utf-8")
TOKENS = dict(re.findall(r"(--[\w-]+): light-dark\((#[0-9a-f]+, #[0-9a-f]+)\)", CSS))
TEXT = [
    ("--ink", "--bg"), ("--ink", "--surface"), ("--ink", "--sunken"), ("--ink", "--tint"), ("--ink-2", "--bg"),
    ("--ink-2", "--surface"), ("--ink-2", "--sunken"), ("--ink-2", "--tint"), ("--accent", "--surface"),
    ("--accent", "--bg"), ("--accent", "--tint"), ("--on-accent", "--accent"), ("--on-accent", "--accent-2"),
    ("--ok", "--ok-bg"), ("--warn", "--warn-bg"), ("--bad", "--bad-bg"), ("--bad", "--surface"),
    ("--info", "--info-bg"), ("--ink", "--ok-bg"), ("--ink", "--warn-bg"), ("--ink", "--bad-bg"),
    ("--ink", "--info-bg"),
]  # fmt: skip
EDGES = [
    ("--edge", "--surface"), ("--edge", "--bg"), ("--edge", "--sunken"), ("--accent", "--sunken"),
    ("--warn-fill", "--sunken"), ("--bad", "--sunken"), ("--focus", "--surface"), ("--focus", "--bg"),
]  # fmt: skip


def colours(token: str) -> list[str]:
    pair = [colour.strip() for colour in TOKENS[token].split(",")]
    return [colour if len(colour) == 7 else "#" + "".join(c * 2 for c in colour[1:]) for colour in pair]


@pytest.mark.parametrize(("front", "back", "least"), [(*p, 4.5) for p in TEXT] + [(*p, 3) for p in EDGES])
def test_R61_tokens_have_contrast_in_both_themes(front, back, least):
    for one, other in zip(colours(front), colours(back), strict=True):
        assert contrast(one, other) >= least


@pytest.mark.parametrize(("name", "limit"), [("portal.css", 8 * 1024), ("portal.js", 3 * 1024)])
def test_the_frame_is_light(name, limit):
    assert len(brotli.compress((STATIC / name).read_bytes())) <= limit


def test_the_style_sheet_fetches_nothing():
    assert "@import" not in CSS
    assert [url for url in re.findall(r"url\(([^)]*)\)", CSS) if not url.startswith("#")] == []


def test_the_script_evaluates_nothing():
    script = (STATIC / "portal.js").read_text("utf-8")
    for word in ("eval(", "innerHTML", "outerHTML", "document.write", "Function(", "http"):
        assert word not in script
