"""Stored files are sent by whoever has the time: the process beside the portal, nginx, S3. Real servers, real sockets."""

import hashlib
import http.client
import random
import socket
import threading
import time
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import psutil
import pytest

from tests import s3
from tests.sending import nginx
from tests.servers import installation

pytestmark = [pytest.mark.servers, pytest.mark.slow]
SIZE = 24 * 1024 * 1024 + 7
NAME = "Ärzte 100%25.zip"
NEEDS_NGINX = pytest.mark.skipif(not nginx.NGINX, reason="no nginx found (Debian: apt install nginx-light)")


@pytest.fixture(scope="module", params=["own", pytest.param("x-accel", marks=NEEDS_NGINX), "s3"])
def served(request):
    """An installation that sends in one of the three ways, a stored file, and the address by which one asks for it."""
    with ExitStack() as stack:
        extra = s3.bucket() if request.param == "s3" else {"send_files": request.param}
        here = stack.enter_context(installation(database="sqlite", workers="1", threads="1", **extra))
        here.env["DJANGO_SETTINGS_MODULE"] = "tests.sending.settings"
        here.way, here.content = request.param, random.Random(3).randbytes(SIZE)
        here.key = store(here, here.content)
        here.python("people.vendor()")
        here.serve()
        here.address = stack.enter_context(nginx.before(here)) if request.param == "x-accel" else here.url
        yield here


def store(here, content: bytes) -> str:
    (here.data_dir / "new").write_bytes(content)
    return here.python(
        "from torhaus.core.storage import file_store\nfrom pathlib import Path\n"
        f"print(file_store().put_path(Path({str(here.data_dir / 'new')!r})).key)"
    ).strip()


def path(here, key="") -> str:
    return f"/stored/{key or here.key}/%C3%84rzte%20100%2525.zip"


def ask(address, way, headers=None, method="GET"):
    """Ask once, follow where it leads, and give the open answer."""
    while True:
        url = urlsplit(address)
        connection = http.client.HTTPConnection(url.netloc, timeout=30)
        connection.request(method, way, headers={"Connection": "close"} | (headers or {}))
        answer = connection.getresponse()
        if answer.status not in {302, 307}:
            return answer
        answer.close()
        address = answer.headers["Location"]
        way = address.removeprefix("{0.scheme}://{0.netloc}".format(urlsplit(address)))


def fetch(here, headers=None, method="GET", key=""):
    with ask(here.address, path(here, key), headers, method) as answer:
        return answer, answer.read()


def status(*arguments, **named) -> int:
    with ask(*arguments, **named) as answer:
        return answer.status


def test_it_comes_whole_under_its_name(served):
    answer, body = fetch(served)
    assert answer.status == 200
    assert hashlib.sha256(body).hexdigest() == served.key
    assert int(answer.headers["Content-Length"]) == SIZE
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"_rzte 100_25.zip\"; filename*=UTF-8''%C3%84rzte%20100%2525.zip"
    )
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"]
    if served.way != "s3":
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-", 100, SIZE - 1),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        (f"bytes={SIZE - 1}-{SIZE * 2}", SIZE - 1, SIZE - 1),
    ],
)
def test_a_part_is_just_that_part(served, wanted, first, last):
    answer, body = fetch(served, {"Range": wanted})
    assert answer.status == 206
    assert body == served.content[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"


def test_what_was_broken_off_goes_on_to_the_identical_file(served):
    """The client is killed in the middle, five times; each time it asks for the rest, of the same version only."""
    got, etag = b"", ""
    for _ in range(5):
        headers = {"Range": f"bytes={len(got)}-", "If-Range": etag} if got else {}
        with ask(served.address, path(served), headers) as answer:
            assert answer.status == (206 if got else 200)
            etag = answer.headers["ETag"]
            got += answer.read(SIZE // 7)
    answer, rest = fetch(served, {"Range": f"bytes={len(got)}-", "If-Range": etag})
    assert answer.status == 206
    assert hashlib.sha256(got + rest).hexdigest() == served.key


def test_the_rest_of_another_version_is_not_given(served):
    answer, body = fetch(served, {"Range": "bytes=5-", "If-Range": '"another"'})
    if served.way == "s3":  # this S3 server does not know If-Range; that of AWS does
        assert answer.status in {200, 206}
    else:
        assert (answer.status, len(body)) == (200, SIZE)


def test_beyond_the_end_there_is_nothing(served):
    answer, _ = fetch(served, {"Range": f"bytes={SIZE}-"})
    assert answer.status == 416


def test_who_has_it_gets_304_and_who_asks_for_the_head_gets_no_body(served):
    answer, body = fetch(served, method="HEAD")
    assert (answer.status, body) == (200, b"")
    assert int(answer.headers["Content-Length"]) == SIZE
    if served.way == "s3":
        return  # S3 has an ETag of its own, with the address
    again, body = fetch(served, {"If-None-Match": answer.headers["ETag"]})
    assert (again.status, body) == (304, b"")


def test_an_empty_file_comes_too(served):
    answer, body = fetch(served, key=store(served, b""))
    assert (answer.status, body) == (200, b"")


@pytest.mark.parametrize("key", ["0" * 64, "x", "..%2f..%2ftorhaus.sqlite3"])
def test_what_is_not_stored_is_not_found(served, key):
    answer, body = fetch(served, key=key)
    assert answer.status in {400, 404}  # nginx refuses a path that climbs by itself
    assert b"<html" in body


def test_the_store_itself_is_open_to_nobody(served):
    where = f"/torhaus-files/{served.key[:2]}/{served.key[2:4]}/{served.key}"
    assert status(served.address, where) == 404


def test_pages_come_while_twenty_slow_readers_download(served):
    """The portal has one thread; each reader takes 64 KiB a second, so none of them is done meanwhile."""
    before = latencies(served)
    stop, started = threading.Event(), []

    def read_slowly():
        with closing(ask(served.address, path(served))) as answer:
            while not stop.is_set() and answer.read(16 * 1024):
                started.append(None) if len(started) < 20 else None
                time.sleep(0.25)

    readers = [threading.Thread(target=read_slowly) for _ in range(20)]
    for reader in readers:
        reader.start()
    end = time.monotonic() + 30
    while len(started) < 20 and time.monotonic() < end:
        time.sleep(0.05)
    during = latencies(served)
    alive = sum(reader.is_alive() for reader in readers)
    stop.set()
    for reader in readers:
        reader.join()
    print(f"{served.way}: page {before * 1000:.1f} ms alone, {during * 1000:.1f} ms beside {alive} slow readers (p95)")
    assert alive == 20
    assert during < before + 0.25


def latencies(served) -> float:
    """The 95th percentile of fifty sign-in pages."""
    taken = []
    for _ in range(50):
        began = time.perf_counter()
        with ask(served.url, "/login/") as answer:
            assert answer.status == 200
            answer.read()
        taken.append(time.perf_counter() - began)
    return sorted(taken)[47]


# The process beside the portal


@pytest.fixture(scope="module")
def own():
    with installation(database="sqlite", workers="1", threads="1") as here:
        here.env["DJANGO_SETTINGS_MODULE"] = "tests.sending.settings"
        here.key = store(here, b"PK" * 1000)
        here.serve()
        yield here


def test_it_answers_addresses_of_files_and_nothing_else(own):
    with ask(own.files_url, path(own)) as answer:
        assert answer.read() == b"PK" * 1000
    for other in ("/", "/login/", "/staff/", "/static/", "/health/live", "/stored/", "//stored/x/y"):
        assert status(own.files_url, other) == 404
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert status(own.files_url, path(own), method=method) == 404


def test_the_portal_leads_there_under_the_name_the_browser_knows(own):
    with closing(http.client.HTTPConnection("127.0.0.1", own.port, timeout=30)) as connection:
        connection.request("GET", path(own), headers={"Host": f"localhost:{own.port}"})
        answer = connection.getresponse()
    assert answer.status == 307
    assert answer.headers["Location"] == f"http://localhost:{own.env['TORHAUS_FILES_PORT']}{path(own)}"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_host_that_is_not_ours_is_refused_there_too(own):
    assert status(own.files_url, path(own), {"Host": "evil.example"}) == 400


def test_many_slow_requests_do_not_stop_it(own):
    """Connections that send half a head, and ones that read nothing, keep nobody from a download."""
    host, port = "127.0.0.1", int(own.env["TORHAUS_FILES_PORT"])
    held = [socket.create_connection((host, port)) for _ in range(100)]
    for one in held:
        one.sendall(b"GET " + path(own).encode() + b" HTTP/1.1\r\nHost: localhost\r\n")
    try:
        assert status(own.files_url, path(own)) == 200
    finally:
        for one in held:
            one.close()


def test_it_is_started_again_and_ends_with_the_server(own):
    portal = psutil.Process(own.processes[0].pid)

    def sender():
        return next((child for child in portal.children() if "send-files" in child.cmdline()), None)

    first = sender()
    first.kill()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if sender() not in {None, first} and status(own.files_url, path(own)) == 200:
                break
        except (OSError, psutil.Error):
            time.sleep(0.1)
    else:
        raise AssertionError("it was not started again")
    second = sender()
    own.processes[0].terminate()
    assert own.processes[0].wait(40) == 0
    assert not second.is_running()
