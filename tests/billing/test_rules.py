from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torhaus.billing.rules import Shown, VatShare, agrees, shown_state, vat_breakdown

TODAY = date(2026, 11, 22)
RATES = st.sampled_from([Decimal(0), Decimal(7), Decimal("19.00"), Decimal("8.1")])


@pytest.mark.parametrize(
    ("state", "due", "expected"),
    [
        ("open", date(2026, 11, 23), Shown.OPEN),
        ("open", TODAY, Shown.OPEN),
        ("open", date(2026, 11, 21), Shown.OVERDUE),
        ("open", None, Shown.OPEN),
        ("paid", date(2020, 1, 1), Shown.PAID),
        ("cancelled", date(2020, 1, 1), Shown.CANCELLED),
        ("credited", None, Shown.CREDITED),
    ],
)
def test_overdue_follows_from_the_due_date_alone(state, due, expected):
    assert shown_state(state, due, TODAY) is expected


def test_vat_is_rounded_once_for_a_rate_not_line_by_line():
    three_times = [(Decimal("19.00"), 3)] * 3
    assert vat_breakdown(three_times) == [VatShare(Decimal("19.00"), 9, 2)]  # 1.71 → 2; line by line 3 x 0.57 → 3


def test_half_a_cent_is_rounded_up_and_a_credit_alike():
    assert vat_breakdown([(Decimal(5), 10)])[0].vat_cents == 1
    assert vat_breakdown([(Decimal(5), -10)])[0].vat_cents == -1


@given(st.lists(st.tuples(RATES, st.integers(-(10**9), 10**9))))
def test_the_breakdown_holds_each_rate_once_and_loses_no_net(lines):
    shares = vat_breakdown(lines)
    assert [share.rate for share in shares] == sorted({rate for rate, _ in lines})
    assert sum(share.net_cents for share in shares) == sum(net for _, net in lines)
    for share in shares:
        assert abs(Decimal(share.vat_cents) - share.net_cents * share.rate / 100) <= Decimal("0.5")


def test_a_breakdown_that_does_not_add_up_is_told():
    shares = vat_breakdown([(Decimal(19), 165600)])
    assert agrees(shares, net_cents=165600, vat_cents=31464, gross_cents=197064)
    assert agrees(shares, net_cents=None, vat_cents=None, gross_cents=197064)
    assert not agrees(shares, net_cents=165600, vat_cents=31464, gross_cents=197065)
    assert not agrees(shares, net_cents=165601, vat_cents=31463, gross_cents=197064)
