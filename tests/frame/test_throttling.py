"""Counting attempts: nothing is lost when many come at once, and a window ends."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from torhaus.accounts.actions import forget_old_failures, note_failure, take_back
from torhaus.accounts.models import Throttle
from torhaus.accounts.queries import must_wait
from torhaus.core import clock

SOURCE = "token:192.0.2.1"


@pytest.mark.django_db
def test_the_limit_holds_for_ten_minutes_from_the_first_failure():
    with clock.shifted(timedelta(0)):
        for count in range(1, 4):
            assert must_wait(source=SOURCE, limit=3) == 0
            assert note_failure(source=SOURCE) == count
        assert 590 <= must_wait(source=SOURCE, limit=3) <= 600
    with clock.shifted(timedelta(minutes=9)):
        assert 50 <= must_wait(source=SOURCE, limit=3) <= 60
    with clock.shifted(timedelta(minutes=10, seconds=1)):
        assert must_wait(source=SOURCE, limit=3) == 0
        assert note_failure(source=SOURCE) == 1


@pytest.mark.django_db
def test_a_clock_that_was_set_back_keeps_nobody_out():
    with clock.shifted(timedelta(days=30)):
        assert [note_failure(source=SOURCE) for _ in range(3)] == [1, 2, 3]
        assert must_wait(source=SOURCE, limit=3) > 0
    assert must_wait(source=SOURCE, limit=3) == 0
    assert note_failure(source=SOURCE) == 1
    assert note_failure(source=SOURCE) == 2


@pytest.mark.django_db
def test_a_success_is_taken_back_and_earlier_failures_stay():
    note_failure(source=SOURCE)
    note_failure(source=SOURCE)
    take_back(source=SOURCE)
    assert Throttle.objects.get().failures == 1
    take_back(source=SOURCE)
    take_back(source=SOURCE)
    assert Throttle.objects.get().failures == 0


@pytest.mark.django_db
def test_old_counters_are_forgotten():
    note_failure(source=SOURCE)
    assert forget_old_failures() == 0
    with clock.shifted(timedelta(days=1, minutes=1)):
        assert forget_old_failures() == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_attempts_are_all_counted():
    counts, errors = [], []

    def attempts() -> None:
        try:
            counts.extend(note_failure(source=SOURCE) for _ in range(10))
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempts) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Throttle.objects.get().failures == 50
    assert max(counts) == 50
