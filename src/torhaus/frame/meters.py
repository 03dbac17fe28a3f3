"""The meter: how much of an allowance is used, as a bar and in words."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from torhaus.frame.formatting import number_text

WARN_FROM = 90  # per cent


def tone_of(total: int, used: int) -> str:
    """Give ``bad`` when more is used than there is, ``warn`` from 90 % on, else nothing."""
    if used > total:
        return "bad"
    return "warn" if total and used * 100 >= total * WARN_FROM else ""


def words(total: int, used: int, hold: int) -> str:
    """Say in words what the bar shows."""
    shown = {"used": number_text(used), "total": number_text(total), "hold": number_text(hold)}
    if used > total:
        return _("%(used)s of %(total)s used, %(over)s too many") % {**shown, "over": number_text(used - total)}
    free = number_text(max(0, total - used - hold))
    if hold:
        return _("%(used)s of %(total)s used, %(hold)s reserved, %(free)s available") % {**shown, "free": free}
    return _("%(used)s of %(total)s used, %(free)s available") % {**shown, "free": free}


def meter_svg(label_id: str, total: int, used: int, hold: int, tone: str) -> SafeString:
    """Give the bar. Widths are attributes of SVG, because the content policy forbids inline styles."""
    tone = tone or tone_of(total, used) or ("warn" if tone_of(total, min(total, used + hold)) else "")
    full = max(total, 1)
    used_width = min(100.0, used / full * 100) if total else (100.0 if used else 0.0)
    hold_width = min(100.0 - used_width, hold / full * 100)
    held: SafeString | str = ""
    if hold_width > 0:
        held = format_html(
            '<defs><pattern id="hatch-{0}" width="4" height="4" patternUnits="userSpaceOnUse"'
            ' patternTransform="rotate(45)"><rect class="hatch-b" width="4" height="4"/>'
            '<rect class="hatch-a" width="2" height="4"/></pattern></defs>'
            '<rect x="{1}%" width="{2}%" height="100%" fill="url(#hatch-{0})"/>',
            label_id,
            f"{used_width:.2f}",
            f"{hold_width:.2f}",
        )
    return format_html(
        '<div class="meter" role="meter" aria-labelledby="{}" aria-valuemin="0" aria-valuemax="{}" aria-valuenow="{}"'
        ' aria-valuetext="{}"><svg aria-hidden="true" focusable="false"><rect class="{}" width="{}%" height="100%"/>'
        "{}</svg></div>",
        label_id,
        total,
        min(used, total),
        words(total, used, hold),
        {"warn": "m-warn", "bad": "m-bad"}.get(tone, "m-used"),
        f"{used_width:.2f}",
        held,
    )
