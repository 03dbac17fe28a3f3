"""The tags every template may load: ``{% load torhaus %}``. Each is a thin coat over a module of the frame."""

from datetime import date, datetime
from decimal import Decimal
from html import escape
from operator import attrgetter
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput
from django.template.base import FilterExpression, Parser, Token
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from torhaus.core.markdown import markdown_html
from torhaus.core.texts import Texts, text_in
from torhaus.frame.formatting import country_name, day_text, moment_text, money_text, number_text
from torhaus.frame.icons import icon_svg
from torhaus.frame.links import link_of
from torhaus.frame.lists import direction, page_links, sort_target
from torhaus.frame.meters import meter_svg
from torhaus.frame.words import ROLES
from torhaus.organisations.models import Role

register = template.Library()


@register.simple_tag
def icon(name: str, size: int = 18) -> SafeString:
    """Show a lucide icon; it is hidden from screen readers, so a word stands beside it."""
    return icon_svg(name, size)


@register.filter
def money(cents: int | None, currency: str) -> str:
    """Show minor units as an amount; nothing for no amount."""
    return "" if cents is None else money_text(cents, currency)


@register.filter
def num(value: Decimal | float | None) -> str:
    """Show a number with separators; nothing for none."""
    return "" if value is None else number_text(value)


@register.filter
def day(value: date | None) -> SafeString | str:
    """Show a day as a ``<time>``; nothing for none."""
    if value is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), day_text(value))


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """Show an instant in the vendor's time zone as a ``<time>``; nothing for none."""
    if value is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(timespec="seconds"), moment_text(value))


@register.filter
def markdown(text: str) -> SafeString:
    """Show a Markdown text as safe HTML, for a ``<div class="prose">``."""
    return mark_safe(markdown_html(text))  # noqa: S308 - it passed the allowlist


@register.filter
def in_language(texts: Texts | None) -> str:
    """Show a vendor's text in the page's language."""
    return text_in(texts, (get_language() or "en")[:2]) if texts else ""


@register.simple_tag
def meter(label_id: str, total: int, used: int, hold: int = 0, tone: str = "") -> SafeString:
    """Show how much of ``total`` is used and held; ``label_id`` names the element that labels it."""
    return meter_svg(label_id, total, used, hold, tone)


@register.simple_tag
def badge(tone: str, icon_name: str, text: str) -> SafeString:
    """Show a state as icon and word; ``tone`` is ok, warn, bad, info, acc or nothing."""
    return format_html('<span class="tag {}">{}{}</span>', tone, icon_svg(icon_name, 13), text)


def below(text: str, css: str = "") -> SafeString:
    """Give a quieter line below a value; nothing for none."""
    return SafeString(f'<span class="sub{css}">{escape(text)}</span>') if text else SafeString()


@register.simple_tag(takes_context=True)
def aria_sort(context: Context, column: str) -> SafeString | str:
    """Say in a column's header how the table is sorted by it."""
    found = direction(context, column)
    return format_html(' aria-sort="{}"', found) if found else ""


@register.simple_tag(takes_context=True)
def sort_link(context: Context, column: str, label: str) -> SafeString:
    """Show a column's label as the link that sorts by it, or turns the order round."""
    arrow = {"ascending": "arrow-up", "descending": "arrow-down"}.get(direction(context, column))
    return format_html(
        '<a href="{}">{}{}</a>', sort_target(context, column), label, icon_svg(arrow, 13) if arrow else ""
    )


@register.inclusion_tag("frame/_pager.html", takes_context=True)
def pager(context: Context, page: "Page[Any]") -> dict[str, Any]:
    """Show which rows these are of how many, and the way to the pages beside."""
    return {"page": page, "links": page_links(context["request"], page)}


@register.inclusion_tag("frame/_field.html")
def field(bound: BoundField, css: str = "") -> dict[str, Any]:
    """Show a form field with label, hint and error, tied together for screen readers."""
    tick = isinstance(bound.field.widget, CheckboxInput)
    return {"field": bound, "control": bound.as_widget(attrs=_attrs(bound)), "tick": tick, "css": css}


@register.filter
def link_in(links: dict[str, Any] | None, key: str) -> str:
    """Show one of the vendor's links: an address, or one per language."""
    return link_of(links or {}, key)


@register.filter
def country(code: str) -> str:
    """Show a country's name in the page's language."""
    return country_name(code)


@register.filter
def role_word(role: str) -> str:
    """Name the role of a customer's person."""
    return str(ROLES.get(Role(role), role))


@register.filter
def control(bound: BoundField) -> SafeString:
    """Show only a field's control, tied to its hint and error."""
    return SafeString(bound.as_widget(attrs=_attrs(bound)))


def _attrs(bound: BoundField) -> dict[str, str | bool]:
    widget = bound.field.widget
    own = str(widget.attrs.get("class", ""))
    attrs: dict[str, str | bool] = {"class": own if isinstance(widget, CheckboxInput) else f"in {own}".strip()}
    described = [f"{bound.auto_id}_helptext"] if bound.help_text else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return attrs


class _Blanks:
    """Stands for a row while the body around its values is rendered; ``asked`` are their names."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> SafeString:
        self.asked.append(name)
        return SafeString(f"\x00{name}\x00")


class _EachRow(template.Node):
    def __init__(self, name: str, rows: FilterExpression, body: template.NodeList) -> None:
        self.name, self.rows, self.body = name, rows, body

    def render(self, context: Context) -> SafeString:
        blanks = _Blanks()
        with context.push(**{self.name: blanks}):
            texts = self.body.render(context).split("\x00")
        fields = texts[1::2]
        if fields != blanks.asked:  # a filter or a condition, or a text from elsewhere that names what nobody asked for
            raise template.TemplateSyntaxError("the values of a row stand in {% each %} as they are")
        texts[1::2] = ["%s"] * len(fields)
        texts[::2] = [text.replace("%", "%%") for text in texts[::2]]
        form, values = "".join(texts), attrgetter(*fields)
        return SafeString("".join(form % tuple(map(_escaped, values(row))) for row in self.rows.resolve(context)))


def _escaped(value: Any) -> str:
    return str(value.__html__()) if hasattr(value, "__html__") else escape(str(value))


@register.tag("each")
def each_row(parser: Parser, token: Token) -> _EachRow:
    """Show many rows alike: ``{% each row in rows %}<td>{{ row.name }}</td><td>{{ row.mail }}</td>{% endeach %}``.

    The body is rendered once, and each row's values are put in, escaped: a table of a hundred rows costs little more
    than one of ten. So what stands there of a row are its values as they are, two at least: no filters, no conditions.

    Raises:
        TemplateSyntaxError: it does not say which rows.
    """
    bits = token.split_contents()
    if len(bits) != 4 or bits[2] != "in":
        raise template.TemplateSyntaxError("{% each row in rows %}")
    body = parser.parse(("endeach",))
    parser.delete_first_token()
    return _EachRow(bits[1], parser.compile_filter(bits[3]), body)
