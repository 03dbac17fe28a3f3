"""``torhaus serve`` answers, stops when told, and keeps its worker with it."""

import contextlib
import http.client
import os
import re
import signal
import socket
import sqlite3
import threading
import time
from urllib.parse import urlencode

import psutil
import pytest

from tests import s3
from tests.servers import installation, serving

pytestmark = pytest.mark.servers


def until(condition, seconds=60):
    """Wait for a condition and give what it gave."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def children(process):
    found = psutil.Process(process.pid).children(recursive=True)
    return [child for child in found if child.status() != psutil.STATUS_ZOMBIE]


def background_worker(process):
    for child in children(process):
        with contextlib.suppress(psutil.NoSuchProcess):  # a process may end while one looks at it
            if "embedded-worker" in child.cmdline():
                return child
    return None


def test_it_stops_when_told():
    with serving() as here:
        process = here.processes[0]
        started = children(process)
        assert len(started) == 4
        process.terminate()
        assert process.wait(30) == 0
        assert until(lambda: not [child for child in started if child.is_running()])


def test_a_running_request_is_answered_before_the_end():
    """The sign-in waits for the database while the server is told to stop; it still gets its answer."""
    with serving(database="sqlite") as here:
        token = here.python("people.vendor(); print(people.token(people.contract(people.customer())))").strip()
        browser = sign_in_form(here)
        answers = []
        lock = sqlite3.connect(here.data_dir / "torhaus.sqlite3", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        running = threading.Thread(target=lambda: answers.append(browser(token)))
        running.start()
        time.sleep(1)
        here.processes[0].terminate()
        time.sleep(0.5)
        assert answers == [], "it is still waiting"
        lock.execute("ROLLBACK")
        lock.close()
        running.join(30)
        assert [answer.status for answer in answers] == [302]
        assert here.processes[0].wait(30) == 0


def sign_in_form(here):
    """Open the sign-in page; gives a function that sends its form with a token."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", here.port, timeout=30)) as connection:
        connection.request("GET", "/login/")
        answer = connection.getresponse()
        hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())[1]
    headers = {
        "Cookie": answer.headers["Set-Cookie"].split(";")[0],
        "Content-Type": "application/x-www-form-urlencoded",
    }

    def send(token):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", here.port, timeout=30)) as connection:
            connection.request("POST", "/login/", urlencode({"token": token, "csrfmiddlewaretoken": hidden}), headers)
            return connection.getresponse()

    return send


def test_a_taken_port_is_named():
    with serving() as first, installation(port=str(first.port)) as second:
        done = second.torhaus("serve", check=False)
        assert done.returncode == 1
        assert done.stderr == (
            f"torhaus: port {first.port} on 127.0.0.1 is in use; stop what listens there, or set TORHAUS_PORT to another\n"
        )


def test_a_taken_port_of_the_process_for_files_is_named():
    with serving() as first, installation(files_port=str(first.port)) as second:
        done = second.torhaus("serve", check=False)
        assert done.returncode == 1
        assert f"port {first.port} on 127.0.0.1 is in use" in done.stderr
        assert "set TORHAUS_FILES_PORT to another" in done.stderr


@pytest.mark.parametrize("elsewhere", [{"send_files": "x-accel"}, s3.bucket])
def test_without_need_there_is_no_process_for_files(elsewhere):
    with serving(**(elsewhere if isinstance(elsewhere, dict) else elsewhere())) as here:
        assert not [child for child in children(here.processes[0]) if "send-files" in child.cmdline()]


def test_tables_of_another_version_are_not_served():
    with installation(migrated=False) as here:
        done = here.torhaus("serve", check=False)
        assert done.returncode == 1
        assert "migrations; run `torhaus init`" in done.stderr


def test_the_worker_beside_it_is_started_again_and_stops_with_it():
    with serving(database="sqlite", embedded_worker="true") as here:
        process = here.processes[0]
        first = until(lambda: background_worker(process))
        first.kill()
        second = until(lambda: (found := background_worker(process)) and found.pid != first.pid and found)
        assert second
        until(lambda: "worker started" in here.log().split("starting it again")[-1])
        process.terminate()
        assert process.wait(30) == 0
        assert until(lambda: not second.is_running())


def test_nothing_is_left_of_a_server_that_was_killed():
    with serving(database="sqlite", embedded_worker="true") as here:
        process = here.processes[0]
        until(lambda: "worker started" in here.log())
        started = children(process)
        assert len(started) == 5
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert until(lambda: not [child for child in started if child.is_running()])
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", here.port)) != 0
        here.serve()


@pytest.mark.postgres
def test_on_postgresql_no_worker_is_started_beside_it():
    with serving(database="postgresql", embedded_worker="true") as here:
        assert len(children(here.processes[0])) == 4
