"""What more licences cost by the list: prorated by the day, rounded once, never lost and never invented."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torhaus.core.vat_ids import fits_country, tidy_vat_id, vat_id_example
from torhaus.subscriptions.price_rules import preview_more, prorated_cents
from torhaus.subscriptions.rules import Term

YEAR = Term(date(2026, 4, 1), date(2027, 3, 31))
CENTS = st.integers(0, 10**12)


@st.composite
def shares(draw):
    """An amount, and some days of a term."""
    of_days = draw(st.integers(1, 3660))
    return draw(CENTS), draw(st.integers(0, of_days)), of_days


@given(shares())
def test_a_share_is_rounded_by_less_than_a_cent_and_all_days_cost_all(case):
    cents, days, of_days = case
    share = prorated_cents(cents, days, of_days)
    assert 2 * abs(share * of_days - cents * days) <= of_days
    assert 0 <= share <= cents
    assert prorated_cents(cents, of_days, of_days) == cents


@given(shares())
def test_both_parts_of_a_term_come_to_the_whole_within_a_cent(case):
    cents, days, of_days = case
    assert prorated_cents(cents, days, of_days) + prorated_cents(cents, of_days - days, of_days) - cents in {0, 1}


@given(shares(), st.integers(1, 50))
def test_more_days_never_cost_less(case, later):
    cents, days, of_days = case
    assert prorated_cents(cents, min(of_days, days + later), of_days) >= prorated_cents(cents, days, of_days)


@given(st.integers(0, 1000), st.integers(1, 1000), CENTS, CENTS, st.dates(date(2026, 4, 1), date(2027, 3, 31)))
def test_only_what_is_added_costs_now_and_all_of_it_then(booked, added, first, recurring, on):
    found = preview_more(
        booked=booked, total=booked + added, first_cents=first, recurring_cents=recurring, term=YEAR, on=on, renews=True
    )
    assert found.now_cents == prorated_cents(added * first, found.days, 365)
    assert found.then_cents == (booked + added) * recurring
    assert found.days == (date(2027, 3, 31) - on).days + 1


def test_the_first_day_costs_all_the_last_one_day_and_without_an_end_nothing_is_prorated():
    def seen(term, on, renews=True):
        one = preview_more(booked=1, total=3, first_cents=36500, recurring_cents=40000, term=term, on=on, renews=renews)
        return one.days, one.now_cents, one.then_cents

    assert seen(YEAR, date(2026, 4, 1)) == (365, 73000, 120000)
    assert seen(YEAR, date(2027, 3, 31)) == (1, 200, 120000)
    assert seen(YEAR, date(2027, 3, 31), renews=False) == (1, 200, None)
    assert seen(Term(date(2026, 4, 1), None), date(2026, 12, 1), renews=False) == (None, 73000, None)


@pytest.mark.parametrize(
    ("text", "country", "fits"),
    [
        ("DE 123 456 789", "DE", True),
        ("de123456789", "DE", True),
        ("DE12345678", "DE", False),
        ("ATU12345678", "DE", False),
        ("ATU12345678", "AT", True),
        ("EL123456789", "GR", True),
        ("CHE-123.456.789 MWST", "CH", True),
        ("<script>", "US", False),
        ("AB123", "US", True),
    ],
)
def test_a_vat_id_has_the_form_of_its_country(text, country, fits):
    assert fits_country(tidy_vat_id(text), country) is fits


def test_what_stands_beside_the_field_as_an_example_has_the_form_it_asks_for():
    shown = {country: vat_id_example(country) for country in ("AT", "CH", "DE", "FR", "IT", "LI", "LU", "US")}
    assert shown.pop("US") == ""
    for country, example in shown.items():
        assert fits_country(example, country), country
