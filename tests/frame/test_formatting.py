"""Amounts, numbers, days and instants in both languages."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

NBSP = "\u00a0"


def shown(source: str, language: str, **values) -> str:
    with translation.override(language):
        return Template("{% load torhaus %}" + source).render(Context(values))


@pytest.mark.parametrize(
    ("cents", "currency", "german", "english"),
    [
        (197064, "EUR", f"1.970,64{NBSP}€", "€1,970.64"),
        (0, "EUR", f"0,00{NBSP}€", "€0.00"),
        (-12345, "EUR", f"−123,45{NBSP}€", "−€123.45"),
        (123456789, "CHF", f"1.234.567,89{NBSP}CHF", f"CHF{NBSP}1,234,567.89"),
        (1970, "JPY", f"1.970{NBSP}¥", "JP¥1,970"),
        (12345, "KWD", f"12,345{NBSP}KWD", f"KWD{NBSP}12.345"),
    ],
)
def test_money(cents, currency, german, english):
    assert shown("{{ c|money:u }}", "de", c=cents, u=currency) == german
    assert shown("{{ c|money:u }}", "en", c=cents, u=currency) == english


def test_nothing_is_shown_as_nothing():
    source = "{{ x|money:'EUR' }}{{ x|num }}{{ x|day }}{{ x|moment }}{{ x|in_language }}"
    assert shown(source, "de", x=None) == ""


def test_numbers():
    assert shown("{{ n|num }}", "de", n=5000) == "5.000"
    assert shown("{{ n|num }}", "en", n=5000) == "5,000"
    assert shown("{{ n|num }}", "de", n=Decimal("-1234.5")) == "−1.234,5"


def test_days_are_times_with_the_iso_date():
    day = date(2026, 11, 22)
    assert shown("{{ d|day }}", "de", d=day) == '<time datetime="2026-11-22">22.11.2026</time>'
    assert shown("{{ d|day }}", "en", d=day) == '<time datetime="2026-11-22">2026-11-22</time>'


def test_instants_are_shown_in_the_vendors_zone():
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert shown("{{ d|moment }}", "de", d=late) == (
            '<time datetime="2026-11-22T23:30:00+00:00">23.11.2026 00:30</time>'
        )
        assert ">2026-11-23<" in shown("{{ d|day }}", "en", d=late)


def test_texts_in_the_pages_language():
    texts = {"de": "Kundenportal", "en": "Customer portal"}
    assert shown("{{ t|in_language }}", "de", t=texts) == "Kundenportal"
    assert shown("{{ t|in_language }}", "en", t=texts) == "Customer portal"
    assert shown("{{ t|in_language }}", "de", t={"": "<b>"}) == "&lt;b&gt;"


def test_links_lead_only_to_web_addresses():
    assert shown("{{ l|link_in:'a' }}", "de", l={"a": {"de": "https://a.example/de"}}) == "https://a.example/de"
    assert shown("{{ l|link_in:'a' }}", "de", l={"a": "javascript:alert(1)"}) == ""
    assert shown("{{ l|link_in:'b' }}", "de", l={"a": "https://a.example"}) == ""
    assert shown("{{ l|link_in:'b' }}", "de", l=None) == ""


def test_countries():
    assert shown("{{ 'DE'|country }}", "de") == "Deutschland"
    assert shown("{{ 'DE'|country }}", "en") == "Germany"
    assert shown("{{ 'XQ'|country }}", "en") == "XQ"
