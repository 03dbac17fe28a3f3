"""What Django makes of the options: the databases as tuned, and who is believed about HTTPS."""

import json
import re
import socket

import pytest
from django.db import connection

from tests.servers import installation
from torhaus.config import wsgi
from torhaus.config.settings import _postgresql

SHOW = """
import json
from django.conf import settings
from django.db import connection
with connection.cursor() as cursor:
    found = {}
    for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "mmap_size"):
        cursor.execute(f"PRAGMA {name}")
        found[name] = cursor.fetchone()[0]
found["mode"] = settings.DATABASES["default"]["OPTIONS"]["transaction_mode"]
print(json.dumps(found))
"""

CONNECT = """
import json, time
from django.db import OperationalError, connection
began = time.monotonic()
try:
    connection.ensure_connection()
except OperationalError as error:
    print(json.dumps({"said": type(error).__name__, "seconds": time.monotonic() - began}))
"""


@pytest.mark.servers
def test_sqlite_is_tuned():
    with installation(database="sqlite") as here:
        assert json.loads(here.python(SHOW)) == {
            "journal_mode": "wal",
            "synchronous": 1,
            "busy_timeout": 5000,
            "foreign_keys": 1,
            "mmap_size": 268435456,
            "mode": "IMMEDIATE",
        }


def test_postgresql_addresses():
    found = _postgresql("postgresql://u%40x:p%2Fw@db.example:5433/torhaus?sslmode=verify-full")
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("u@x", "p/w", "db.example", "5433")
    assert found["OPTIONS"] == {
        "server_side_binding": True,
        "connect_timeout": 5,
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "prepare_threshold": 2,
        "sslmode": "verify-full",
    }
    assert found["CONN_MAX_AGE"] is None
    assert found["CONN_HEALTH_CHECKS"] is True
    socket = _postgresql("postgresql:///torhaus?host=/run/postgresql&prepare_threshold=none")
    assert (socket["HOST"], socket["NAME"], socket["OPTIONS"]["prepare_threshold"]) == (
        "/run/postgresql",
        "torhaus",
        None,
    )


def test_the_address_of_postgresql_may_say_how_long_to_wait_for_a_connection():
    assert _postgresql("postgresql://db.example/torhaus?connect_timeout=9")["OPTIONS"]["connect_timeout"] == "9"


@pytest.mark.servers
def test_a_database_host_that_hangs_is_given_up_after_the_seconds_set():
    with installation(database="sqlite") as here, socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]  # the system takes the connection, and nobody ever speaks
        here.env["TORHAUS_DATABASE_URL"] = f"postgresql://nobody@127.0.0.1:{port}/none?sslmode=disable"
        here.env["TORHAUS_DATABASE_CONNECT_SECONDS"] = "2"
        done = json.loads(here.python(CONNECT))
    assert done["said"] == "OperationalError"
    assert 1 <= done["seconds"] < 15


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="asks PostgreSQL")
def test_postgresql_prepares_on_the_server():
    with connection.cursor() as cursor:
        for number in range(4):
            cursor.execute("SELECT %s::int + 1", [number])
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%::int + 1'")
        assert cursor.fetchone()[0] == 1


@pytest.mark.parametrize(("peer", "kept"), [("10.1.2.3", True), ("203.0.113.9", False), ("", False)])
def test_R30_only_a_trusted_proxy_says_that_a_request_came_over_https(monkeypatch, settings, peer, kept):
    settings.OPTIONS = type(settings.OPTIONS)(trusted_proxies=("10.0.0.0/8",))
    seen = {}
    monkeypatch.setattr(wsgi, "_portal", lambda environ, start: seen.update(environ) or [])
    wsgi.application({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_PROTO": "https"}, None)
    assert ("HTTP_X_FORWARDED_PROTO" in seen) is kept


@pytest.mark.servers
def test_no_setting_of_the_server_stands_in_the_environment_of_a_request():
    """Granian copies its own environment there, and whatever shows a request would show the secrets."""
    with installation(s3_secret="hunter2") as here:
        here.env["AWS_SECRET_ACCESS_KEY"] = "hunter2"
        seen = here.python("""
            import os
            from torhaus.config import wsgi
            seen = {}
            wsgi._portal = lambda environ, start: seen.update(environ) or []
            wsgi.application(os.environ | {"REMOTE_ADDR": "127.0.0.1", "PATH_INFO": "/"}, None)
            print(seen)
        """)
    assert "'PATH_INFO': '/'" in seen
    assert not re.search("TORHAUS_|AWS_|hunter2|only-for-tests", seen), seen


def test_R39_what_fails_below_every_error_page_is_logged_and_tells_nothing(monkeypatch, caplog):
    def broken(environ, start_response):
        raise RuntimeError("inner secret")

    told = []
    monkeypatch.setattr(wsgi, "_portal", broken)
    body = wsgi.application({"PATH_INFO": "/x"}, lambda status, headers: told.append(status))
    assert told == ["500 Internal Server Error"]
    assert b"secret" not in b"".join(body)
    assert "inner secret" in caplog.text
