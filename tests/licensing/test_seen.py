"""When installations were last seen: added up in memory, written together, kept while that is not possible."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from django.db import OperationalError, connection
from django_scopes import scopes_disabled

from tests import people
from torhaus.core import clock
from torhaus.licensing import seen
from torhaus.licensing.adapters.seen_rows import SLOT
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.models import Installation, InstallationDay, LicenceToken
from torhaus.licensing.seen import SeenBuffer
from torhaus.vendor.models import Vendor

NOW = int(people.NOON.timestamp())


@pytest.fixture
def buffer():
    return SeenBuffer()


@pytest.fixture
def place(db):
    with clock.at(people.NOON):
        people.vendor()
        contract = people.contract(people.customer())
        people.token(contract)
        with scopes_disabled():
            return Installation.objects.create(
                licence=kept_licence(contract, contract.product),
                digest="x",
                activated_at=clock.now(),
                last_seen_at=clock.now() - timedelta(days=1),
            )


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_calls_of_a_day_are_added_up_over_several_writings(place, buffer):
    token = LicenceToken.objects
    with scopes_disabled():
        key = token.get().pk
        for offset in (0, 60, 30):
            buffer.note(place.pk, key, NOW + offset)
        assert buffer.write()
        for offset in (-10, 90, 86400):
            buffer.note(place.pk, key, NOW + offset)
        assert buffer.write()
        assert buffer.write()  # nothing is left
        days = list(InstallationDay.objects.order_by("on").values_list("calls", "first_at", "last_at"))
        assert days == [
            (5, moment(NOW - 10), moment(NOW + 90)),
            (1, moment(NOW + 86400), moment(NOW + 86400)),
        ]
        place.refresh_from_db()
        assert place.last_seen_at == moment(NOW + 86400)
        assert token.get().last_used_at == moment(NOW + 86400)


def test_what_was_seen_later_is_never_set_back(place, buffer):
    with scopes_disabled():
        Installation.objects.update(last_seen_at=moment(NOW + 500))
        buffer.note(place.pk, None, NOW)
        assert buffer.write()
        place.refresh_from_db()
        assert place.last_seen_at == moment(NOW + 500)


def test_a_database_that_cannot_be_written_loses_nothing(place, buffer, monkeypatch):
    real = seen.write_seen

    def locked(*_args):
        raise OperationalError("database is locked")

    buffer.note(place.pk, None, NOW)
    monkeypatch.setattr(seen, "write_seen", locked)
    assert not buffer.write()
    buffer.note(place.pk, None, NOW + 1)
    assert not buffer.write()
    monkeypatch.setattr(seen, "write_seen", real)
    assert buffer.write()
    with scopes_disabled():
        assert InstallationDay.objects.get().calls == 2


def test_a_call_counts_for_the_day_it_is_at_the_vendors(place, buffer):
    midnight = int(datetime(2026, 11, 22, 23, tzinfo=UTC).timestamp())  # in Berlin
    for at in (midnight - 1, midnight, midnight + 3599, midnight + 3600):
        buffer.note(place.pk, None, at)
    Vendor.objects.update(time_zone="Europe/Berlin")
    assert buffer.write()
    Vendor.objects.update(time_zone="Asia/Kathmandu")  # 05:45 ahead
    buffer.note(place.pk, None, int(datetime(2026, 11, 25, 18, 14, 59, tzinfo=UTC).timestamp()))
    buffer.note(place.pk, None, int(datetime(2026, 11, 25, 18, 15, tzinfo=UTC).timestamp()))
    assert buffer.write()
    with scopes_disabled():
        days = list(InstallationDay.objects.order_by("on").values_list("on", "calls"))
    assert days == [(date(2026, 11, 22), 1), (date(2026, 11, 23), 3), (date(2026, 11, 25), 1), (date(2026, 11, 26), 1)]


def test_what_is_gone_is_dropped(place, buffer):
    buffer.note(place.pk + 1000, 10**6, NOW)
    buffer.note(place.pk, None, NOW)
    assert buffer.write()
    with scopes_disabled():
        assert InstallationDay.objects.get().installation_id == place.pk


def test_memory_is_bounded(buffer, monkeypatch):
    monkeypatch.setattr(seen, "KEPT_AT_MOST", 10)
    for number in range(100):
        buffer.note(number, number, NOW)
        buffer.note(1, 1, NOW)
    assert len(buffer._seen.slots) == 10
    assert len(buffer._seen.tokens) == 10
    assert buffer._seen.slots[(1, NOW // SLOT)][0] == 101


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer: nobody else holds a row")
@pytest.mark.django_db(transaction=True)
def test_rows_that_somebody_holds_are_left_for_the_next_time_and_the_others_written(buffer):
    with clock.at(people.NOON):
        people.vendor()
        contract = people.contract(people.customer())
        people.token(contract)
        with scopes_disabled():
            licence = kept_licence(contract, contract.product)
            one, other = (
                Installation.objects.create(
                    licence=licence, digest=name, activated_at=clock.now(), last_seen_at=clock.now() - timedelta(days=1)
                )
                for name in "xy"
            )
            token = LicenceToken.objects.get()
    for at in (NOW, NOW + 86400):
        buffer.note(one.pk, token.pk, at)
        buffer.note(other.pk, token.pk, at)
    buffer.note(one.pk + 1_000_000, None, NOW)  # it is gone
    db = connection.settings_dict
    here = {"host": db["HOST"], "port": db["PORT"], "user": db["USER"], "password": db["PASSWORD"]}
    with psycopg.connect(dbname=db["NAME"], **here) as somebody:
        somebody.execute("SELECT 1 FROM licensing_installation WHERE id = %s FOR UPDATE", [one.pk])
        somebody.execute("SELECT 1 FROM licensing_licencetoken WHERE id = %s FOR UPDATE", [token.pk])
        assert not buffer.write(), "something is left"
        with scopes_disabled():
            assert InstallationDay.objects.filter(installation=other).count() == 2
            assert not InstallationDay.objects.filter(installation=one).exists()
            assert LicenceToken.objects.get().last_used_at != moment(NOW + 86400)
    assert buffer.write(), "it is written as soon as nobody holds it"
    with scopes_disabled():
        assert [day.calls for day in InstallationDay.objects.filter(installation=one)] == [1, 1]
        assert {place.last_seen_at for place in Installation.objects.all()} == {moment(NOW + 86400)}
        assert LicenceToken.objects.get().last_used_at == moment(NOW + 86400)
