"""What every test has: a data folder of its own, a vendor, the fixed cast, and a closed network."""

import functools
import os
import shutil
import socket

import pytest
from django.core.management.color import no_style
from django.db import connection
from django.template.base import Template
from django.test import TransactionTestCase
from django.test.utils import _TestState
from django.utils import translation
from hypothesis import HealthCheck, settings

from tests import people, postgres, servers
from torhaus.core import clock

# A busy machine makes nothing wrong by being slow.
settings.register_profile("any machine", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("any machine")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True)
def closed_network(monkeypatch):
    """Refuse any connection that is not to this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def static_files_as_they_are(settings):
    """Name static files plainly: no test needs them collected first."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(scope="session", autouse=True)
def pages_as_they_are_served(django_test_environment):
    """Render as in service: Django's tests copy each template's context, which costs a tenth, and nobody here looks."""
    Template._render = _TestState.saved_data.template_render


@pytest.fixture(scope="session", autouse=True)
def emptied_in_a_moment(django_test_environment):
    """Empty the tables after tests that committed: Django's own way makes anew what it keeps of models and rights."""
    TransactionTestCase._fixture_teardown = lambda _case: _empty_tables()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Begin with a copy of the database that is migrated once for all processes: migrating takes ten seconds each."""
    if not _copied():
        return
    test, found = connection.settings_dict["TEST"], servers.template(connection.vendor)
    if connection.vendor == "sqlite":
        shutil.copyfile(found.folder / "torhaus.sqlite3", test["NAME"])
    else:
        test["TEMPLATE"] = found.database


@pytest.fixture(scope="session")
def django_db_keepdb(request):
    """Let Django take the copied file as it is; it goes with its folder."""
    return request.config.getvalue("reuse_db") or (_copied() and connection.vendor == "sqlite")


def _copied() -> bool:
    # Of its own a process would have to build all else that an installation begins with.
    if servers.TEMPLATES_IN not in os.environ:
        return False
    return connection.vendor == "sqlite" or postgres.is_beside_the_tests_own(os.environ["TORHAUS_DATABASE_URL"])


@functools.cache
def _tables() -> list[str]:
    kept = {"django_migrations", "django_content_type", "auth_permission"}
    return sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - kept)


def _empty_tables() -> None:
    cascade = connection.vendor != "sqlite"
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), _tables(), allow_cascade=cascade))


def pytest_collection_modifyitems(items):
    """Mark what asks a database: that runs on both."""
    for item in items:
        asks = {"db", "transactional_db", "django_db_setup"}.intersection(item.fixturenames)
        if asks or item.get_closest_marker("django_db") or item.get_closest_marker("servers"):
            item.add_marker(pytest.mark.database)


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hash passwords with little work: a third of all time went into making them hard to guess."""
    settings.PASSWORD_HASHERS = ["tests.hashers.QuickArgon2PasswordHasher"]


@pytest.fixture
def stopped_clock():
    """The clock stands at the noon from which the cast's days are counted."""
    with clock.at(people.NOON):
        yield


@pytest.fixture
def stopped_clock_and_own_files(stopped_clock, settings, tmp_path):
    """The clock stands, and files go to a folder of the test's own."""
    settings.DATA_DIR = tmp_path


@pytest.fixture(autouse=True)
def language_of_the_source():
    """Start every test in English, whatever language a page was asked for in the test before."""
    translation.deactivate()
    yield
    translation.deactivate()
