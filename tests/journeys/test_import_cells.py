"""Single values of the vendor's files: what is read as what, and what is refused in which words."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torhaus.core.colours import contrast
from torhaus.journeys.import_data import cells
from torhaus.journeys.import_data.colours import contrast_problem


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1970.64", "1970.64"),
        ("1970,64", "1970.64"),
        ("1.970,64", "1970.64"),
        ("12.345.678,9", "12345678.9"),
        ("-0,5", "-0.5"),
        ("1.970", "1.970"),
        ("0", "0"),
        (1254, "1254"),
        (Decimal("12.35"), "12.35"),
    ],
)
def test_amounts_with_point_or_german_comma(text, number):
    assert cells.read_decimal(text, places=4) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "1,970",
        "1,970.64",
        "1.97.0,5",
        "1e5",
        "€ 5",
        "",
        "NaN",
        "Infinity",
        "--1",
        "٣",
        "1 000",
        "9" * 400,
        True,
        None,
        [],
    ],
)
def test_what_is_no_amount_or_has_two_readings_is_refused(text):
    with pytest.raises(cells.Unexpected, match="expected"):
        cells.read_decimal(text, places=4)


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=2))
def test_an_amount_reads_the_same_in_german_and_in_english(amount):
    english = f"{amount:.2f}"
    german = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    assert cells.read_decimal(english, places=2) == amount
    assert cells.read_decimal(german, places=2) == amount
    assert cells.read_decimal(english.replace(".", ","), places=2) == amount


READERS = [
    lambda value: cells.read_decimal(value, places=4),
    lambda value: cells.read_text(value, most=50),
    lambda value: cells.read_number(value, most=50),
    lambda value: cells.read_texts(value, most=50),
    lambda value: cells.read_list(value, most=50),
    cells.read_whole,
    cells.read_day,
    cells.read_yes_no,
    cells.read_mail,
    cells.read_link,
    cells.read_key,
    cells.read_country,
    cells.read_currency,
]
ANYTHING = st.one_of(
    st.text(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.dates(),
    st.datetimes(),
    st.lists(st.text(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.text(), max_size=3),
)


def refusal_of(read, value) -> str:
    try:
        read(value)
    except cells.Unexpected as refusal:
        return str(refusal)
    return ""


@given(ANYTHING)
def test_whatever_stands_there_is_read_or_refused_in_words(value):
    for read in READERS:
        said = refusal_of(read, value)
        assert said.startswith("expected") or not said
        assert not cells.FORBIDDEN.search(said)


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_days_in_both_ways(day):
    assert cells.read_day(day.isoformat()) == day
    assert cells.read_day(day.strftime("%d.%m.%Y")) == day


@pytest.mark.parametrize(
    "text", ["2026-02-30", "1.4.2026", "04/01/2026", "20260401", "2026-04-01T00:00", "", "0001-01-01"]
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(cells.Unexpected, match="expected a day"):
        cells.read_day(text)


@pytest.mark.parametrize(
    "text", ["a@b@c", "a b@c.de", "@c.de", "a@", "a..b@c.de", "a@-c.de", "<a@c.de>", "a@c.de\nBcc: x@y.de"]
)
def test_what_is_no_mail_address_is_refused(text):
    with pytest.raises(cells.Unexpected):
        cells.read_mail(text)


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "ftp://x", "//x", "https://x y", 'https://x"onclick', "data:text/html,x"]
)
def test_links_lead_only_to_the_web_and_to_mail(text):
    with pytest.raises(cells.Unexpected):
        cells.read_link(text)


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\u202eb", "a\u2066b", "\ufeffa", "a\x85b"])
def test_control_characters_are_refused(text):
    with pytest.raises(cells.Unexpected, match="control characters"):
        cells.read_text(text, most=50)


def test_black_on_white_has_contrast_21():
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert contrast_problem("accent_light", "#1f5fbf") == ""
    assert "at least 4.5 : 1 with white" in contrast_problem("accent_light", "#8ab4ff")
