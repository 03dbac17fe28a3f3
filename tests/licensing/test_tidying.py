"""What the clockwork does for places, and what ``torhaus check`` says before it did."""

from datetime import timedelta

import pytest
from django.db.models import F
from django_scopes import scopes_disabled

from tests import people
from tests.licensing import places
from torhaus.config.schedule import SCHEDULE
from torhaus.console import findings
from torhaus.core import clock
from torhaus.licensing import tidying
from torhaus.licensing.models import InstallationDay, Licence

pytestmark = pytest.mark.django_db


def said() -> list[tuple[str, str]]:
    return [(one.level, one.said) for one in findings._places()]


def test_a_wrong_count_is_found_told_and_set_right():
    of = places.contract(model="floating", max_installations=5, max_leases=5)
    places.activate(of, "a"), places.activate(of, "b")
    assert said() == [("ok", "installations and leases are counted right")]
    assert tidying.recount_places() == 0
    with scopes_disabled():
        Licence.objects.update(installations=F("installations") + 2, leases=0)
        ref = Licence.objects.get().ref
    assert said() == [("warning", f"licence {ref} counts 4 installations and 0 leases, but has 2 and 2")]
    assert tidying.recount_places() == 1
    assert places.counts() == (2, 2)
    assert said() == [("ok", "installations and leases are counted right")]


def test_more_rows_than_a_ceiling_are_counted_as_they_are():
    """Half a backup brought back: the count follows the rows, and nothing more is let in."""
    of = places.contract(max_installations=3)
    rows = [places.activate(of, name) for name in "abc"]
    with scopes_disabled():
        Licence.objects.update(installations=1, installations_ceiling=1)
    assert tidying.recount_places() == 1
    assert places.counts() == (3, 0)
    assert not places.activate(of, "c").created
    places.remove(of, rows[0].installation)
    assert places.activate(of, "d").created


def test_many_wrong_ones_are_told_in_few_lines():
    for number in range(7):
        places.activate(places.contract(f"V-{1000 + number}"))
    with scopes_disabled():
        Licence.objects.update(installations=9)
    assert len(said()) == findings.SHOWN + 1
    assert said()[-1] == ("warning", "2 more licences count wrong")
    assert tidying.recount_places() == 7


def test_days_are_kept_for_a_quarter_and_not_longer(monkeypatch):
    monkeypatch.setattr(tidying, "PORTION", 10)
    row = places.activate(places.contract()).installation
    today = clock.now().date()
    with scopes_disabled():
        InstallationDay.objects.bulk_create(
            InstallationDay(
                installation=row, on=today - timedelta(days=ago), calls=1, first_at=clock.now(), last_at=clock.now()
            )
            for ago in range(130, -1, -1)
        )
        assert tidying.forget_old_days() == 130 - tidying.KEPT_DAYS.days
        assert InstallationDay.objects.earliest("on").on == today - tidying.KEPT_DAYS
        assert InstallationDay.objects.count() == tidying.KEPT_DAYS.days + 1
        assert tidying.forget_old_days() == 0


def test_the_clockwork_does_both():
    of = places.contract(model="floating", max_leases=2)
    with clock.at(people.NOON):
        places.activate(of)
    with scopes_disabled():
        Licence.objects.update(installations=7)
    jobs = {entry.name: entry.job for entry in SCHEDULE}
    jobs["tidy_places"].func()
    assert places.counts() == (1, 1)
    with clock.at(people.NOON + timedelta(hours=1)):
        jobs["collect_ended_leases"].func()
    assert places.counts() == (1, 0)
