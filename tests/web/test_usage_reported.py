"""From what a product reports over HTTP to the usage page: the meter, its chart of twelve months, and the table."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from tests import people
from tests.api.program import ask, fine
from tests.usage.readings import metered
from tests.web.visitors import card
from torhaus.core import clock

pytestmark = pytest.mark.django_db
# Month of 2026, objects there are at its end, calls that were made in it.
TOLD = [(4, 400, 10), (5, 900, 20), (6, 700, 30), (7, 1600, 40), (8, 2500, 50), (9, 3000, 60), (10, 3900, 70)]


@pytest.fixture
def token(db):
    """A product's token of a contract that booked 5,000 objects and 100 calls a month."""
    contract = metered()
    calls = people.meter("calls", kind="counter", name={"en": "Calls", "de": "Abrufe"})
    people.allowance(people.item(), 100, meter=calls, per_unit=False)
    return people.token(contract)


def tell(token, moment, objects, calls) -> dict:
    """Report as a product does: twice, for the answer may have got lost."""
    readings = [
        {"id": f"o-{moment:%y-%m-%d}", "meter": "objects", "kind": "gauge", "quantity": objects},
        {"id": f"c-{moment:%y-%m-%d}", "meter": "calls", "kind": "counter", "quantity": calls},
    ]
    with clock.at(moment):
        said = [fine(ask(token, "usage", {"readings": readings})) for _ in range(2)]
    assert [(one["accepted"], one["repeated"]) for one in said] == [(2, 0), (0, 2)]
    return said[0]["meters"]


def page(token, language="en"):
    client = Client()
    client.cookies["torhaus_language"] = language
    assert client.post("/login/", {"token": token}).status_code == 302
    return client.get("/usage/")


def drawn(answer, heading_id) -> dict[int, float]:
    """The line in the chart of a card: by month's place in the year how high it stands, as a share of the highest."""
    body = answer.content.decode()
    start = body.index(f'aria-labelledby="{heading_id}"')
    [line] = re.findall(r'class="c-line" points="([^"]+)"', body[start : body.index("</section>", start)])
    points = [tuple(map(float, point.split(","))) for point in line.split()]
    highest = max(100 - y for _, y in points)
    return {round(x * 11 / 100): round((100 - y) / highest, 2) for x, y in points}


def test_months_that_a_product_reported_stand_in_meter_chart_and_table(token):
    for month, objects, calls in TOLD:
        tell(token, datetime(2026, month, 10, 9, tzinfo=UTC), objects // 2, calls - 5)
        tell(token, datetime(2026, month, 28, 9, tzinfo=UTC), objects, 5)
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    meters = tell(token, now, 4640, 80)
    assert meters["objects"] == {"used": 4640, "max": 5000, "free": 360, "state": "warn"}
    with clock.at(now):
        answer, german = page(token), card(page(token, "de"), "meter-objects")
    objects, calls = card(answer, "meter-objects"), card(answer, "meter-calls")
    assert "92 % used Used 4,640 Booked 5,000 Free 360 Last reported 2026-11-28" in objects
    table = "04/26 400 05/26 900 06/26 700 07/26 1,600 08/26 2,500 09/26 3,000 10/26 3,900 11/26 4,640"
    assert f"Month Objects {table}" in objects
    assert "Objects: 400 in 04/26, 4,640 in 11/26; the allowance is 5,000." in answer.content.decode()
    assert drawn(answer, "meter-objects") == {month: round(one / 4640, 2) for month, one, _ in TOLD} | {11: 1.0}
    assert "Used since 2026-11-01 80 Booked 100 Free 20" in calls
    assert "Month Calls 04/26 10 05/26 20 06/26 30 07/26 40 08/26 50 09/26 60 10/26 70 11/26 80" in calls
    assert "10/26 3.900 11/26 4.640" in german


def test_the_chart_shows_the_last_twelve_months_that_were_reported(token):
    for number in range(14):
        year, month = divmod(3 + number, 12)  # from April 2026 to May 2027
        tell(token, datetime(2026 + year, month + 1, 20, 9, tzinfo=UTC), 100 + number, 1)
    with clock.at(datetime(2027, 5, 20, 12, tzinfo=UTC)):
        answer = page(token)
    shown = card(answer, "meter-objects")
    assert "Month Objects 06/26 102 07/26 103" in shown
    assert "04/27 112 05/27 113" in shown
    assert list(drawn(answer, "meter-objects")) == list(range(12))
    assert "05/26" not in shown
