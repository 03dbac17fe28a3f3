"""The vendor's colours and the portal's font as one small style sheet, named by the hash of its content."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse

from torhaus.frame.colours import HEX, ink_on, readable
from torhaus.vendor.models import Vendor

FONT = "built/inter.woff2"


@dataclass(frozen=True)
class Brand:
    """What the page's head needs: addresses of style sheet, font and logo; empty where there is none."""

    css_url: str = ""
    font_url: str = ""
    logo_url: str = ""


def brand_of(vendor: Vendor | None) -> Brand:
    """Give the branding of ``vendor``, or the bare font without one."""
    colours = (vendor.accent_light, vendor.accent_dark, vendor.bar_color) if vendor else ("", "", "")
    digest = css_digest(brand_css(*colours))
    logo = reverse("web:brand_logo", args=[vendor.logo_key]) if vendor and vendor.logo_key else ""
    return Brand(f"{reverse('web:brand_css')}?v={digest}", font_url(), logo)


@lru_cache(maxsize=1)
def font_url() -> str:
    """Give the address of the font built at set-up; nothing without one, and the system's font serves."""
    if not (settings.DATA_DIR / FONT).is_file():
        return ""
    try:
        return staticfiles_storage.url(FONT)
    except ValueError:  # built, but not collected
        return ""


def css_digest(css: str) -> str:
    """Give the short hash that names a style sheet in its address."""
    return hashlib.sha256(css.encode()).hexdigest()[:16]


@lru_cache(maxsize=16)
def brand_css(accent_light: str, accent_dark: str, bar_color: str) -> str:
    """Give the style sheet: font face, and tokens for the colours the vendor chose.

    Colours too weak to read are strengthened; what is no colour is left out.
    """
    parts = []
    if font_url():
        parts.append(
            f'@font-face{{font-family:"Inter";src:url({font_url()}) format("woff2");font-weight:400 700;font-display:swap}}'
        )
    tokens = []
    if HEX.fullmatch(accent_light):
        light = readable(accent_light, "#eceefb", darker=True)
        dark = readable(accent_dark if HEX.fullmatch(accent_dark) else accent_light, "#232a4d", darker=False)
        tokens += [
            f"--accent:light-dark({light},{dark})",
            "--accent-2:color-mix(in oklab,var(--accent) 78%,light-dark(#000,#fff))",
            f"--on-accent:light-dark({ink_on(light)},{ink_on(dark)})",
            "--tint:color-mix(in oklab,var(--accent) 10%,var(--surface))",
            "--focus:light-dark(var(--accent),#ffd166)",
        ]
    if HEX.fullmatch(bar_color):
        on_bar = ink_on(bar_color)
        bright = on_bar != "#fff"
        tokens += [f"--bar:{bar_color}", f"--on-bar:{on_bar}"]
        tokens += ["--bar-hover:#0000001f", f"--bar-focus:{on_bar}"] if bright else []
    if tokens:
        parts.append(":root{" + ";".join(tokens) + "}")
    return "\n".join(parts) + "\n"
