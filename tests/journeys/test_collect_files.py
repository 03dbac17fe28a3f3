"""Content that nothing refers to goes after two days; whatever a row refers to stays, on the disk and in S3."""

import os
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.db import connection
from django.db.models import CharField
from django.test.utils import CaptureQueriesContext

from tests import people, s3
from tests.support import desk
from tests.web.tickets import say
from torhaus.config.schedule import SCHEDULE
from torhaus.core import clock
from torhaus.core.storage import DiskStore, file_store, is_there
from torhaus.journeys import collect_files as collecting
from torhaus.journeys.collect_files import BATCH, REFERRING, collect_files
from torhaus.releases.models import ReleaseFile
from torhaus.support.messages import NewFile

pytestmark = pytest.mark.django_db
THREE_DAYS = timedelta(days=3)


@pytest.fixture(params=["disk", pytest.param("s3", marks=pytest.mark.servers)])
def store(request, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    if request.param == "s3":
        settings.OPTIONS = replace(configured.OPTIONS, **s3.bucket())
    return file_store()


def put(store, content: bytes) -> str:
    return store.put([content]).key


def test_what_nothing_refers_to_goes_and_the_rest_stays(store):
    people.vendor(logo_key=(logo := put(store, b"logo")), logo_type="image/png")
    contract = people.contract(people.customer())
    invoice, package, attached = put(store, b"%PDF-"), put(store, b"package"), put(store, b"log")
    people.invoice(contract.customer, document_key=invoice)
    release = people.release("35.0")
    ReleaseFile.objects.create(
        release=release, kind="update", name="a.zip", size=7, key=package, signature="", stored_at=clock.now()
    )
    say(desk.ask(contract), "See", attachments=[NewFile("a.log", "text/plain", 3, attached)])
    stray = put(store, b"stray")
    assert collect_files() == 0, "it may be on its way into a deed"
    with clock.shifted(timedelta(hours=47)):
        assert collect_files() == 0
    with clock.shifted(THREE_DAYS):
        assert collect_files() == 1
        assert collect_files() == 0
    assert not is_there(store, stray)
    assert all(is_there(store, key) for key in (logo, invoice, package, attached))


def test_content_stored_again_while_it_is_looked_at_stays(store, monkeypatch):
    """Between the look at the rows and the deletion somebody sends the same bytes; their deed comes a moment later."""
    monkeypatch.setattr("torhaus.core.s3.YOUNG_SECONDS", -1)
    people.vendor()
    key = put(store, b"twice")
    looked = collecting.referred_to_across_customers

    def sent_meanwhile(keys):
        found = looked(keys)
        assert keys == [key]
        store.put([b"twice"])
        return found

    monkeypatch.setattr(collecting, "referred_to_across_customers", sent_meanwhile)
    monkeypatch.setattr(collecting, "KEPT_SECONDS", 1.5)
    time.sleep(2.1)
    assert collect_files() == 0
    assert is_there(store, key)


def test_every_column_that_holds_a_key_of_the_store_is_asked():
    found = {
        (model, field.name)
        for model in apps.get_models()
        if model.__module__.startswith("torhaus.")
        for field in model._meta.get_fields()
        if isinstance(field, CharField) and field.max_length == 64 and field.name.endswith("key")
    }
    assert set(REFERRING) == found


def test_an_installation_that_is_not_set_up_yet_loses_nothing(store):
    """The files may be back already, and the database not yet."""
    key = put(store, b"from the backup")
    with clock.shifted(THREE_DAYS):
        assert collect_files() == 0
    assert is_there(store, key)
    people.vendor()
    with clock.shifted(THREE_DAYS):
        assert collect_files() == 1


def test_it_is_done_daily():
    [found] = [one for one in SCHEDULE if one.name == "collect_files"]
    assert found.every == timedelta(days=1)


def test_thousands_of_files_are_looked_at_in_batches(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    people.vendor()
    many = 5 * BATCH + 1
    for number in range(many):
        key = f"{number:064x}"[::-1]
        path = DiskStore(tmp_path / "files").path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (0, 0))
    with CaptureQueriesContext(connection) as queries:
        assert collect_files() == many
    assert len(queries) == 1 + 6 * len(REFERRING)
