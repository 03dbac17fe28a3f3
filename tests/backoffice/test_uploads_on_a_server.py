"""Uploads against a real server: broken connections, a server that is killed, two tabs; the file is whole in the end."""

import base64
import hashlib
import http.client
import os
import random
import signal
import socket
import time

import pytest

from tests.servers import serving

pytestmark = pytest.mark.servers
MIB = 1024 * 1024
SIGN_IN = """
from tests.doors import staff_client
people.vendor()
print("KEY=" + staff_client(people.staff("release_manager")).cookies["torhaus_session"].value)
"""
SECRET = "a" * 32


class Tab:
    """A browser's tab that uploads."""

    def __init__(self, here, session):
        self.here = here
        self.headers = {
            "Cookie": f"torhaus_session={session}; torhaus_csrf={SECRET}",
            "X-CSRFToken": SECRET,
            "Tus-Resumable": "1.0.0",
        }

    def ask(self, method, path, body=None, **headers):
        line = http.client.HTTPConnection("127.0.0.1", self.here.port, timeout=60)
        try:
            line.request(method, path, body, self.headers | headers)
            answer = line.getresponse()
            answer.read()
            return answer
        finally:
            line.close()

    def begin(self, size, name="big.iso"):
        said = f"filename {base64.b64encode(name.encode()).decode()},fingerprint MQ=="
        answer = self.ask("POST", "/staff/releases/uploads/", **{"Upload-Length": str(size), "Upload-Metadata": said})
        assert answer.status in {200, 201}, answer.status
        return answer.headers["Location"]

    def offset(self, url):
        answer = self.ask("HEAD", url)
        assert answer.status == 200
        return int(answer.headers["Upload-Offset"])

    def send(self, url, offset, piece):
        kind = "application/offset+octet-stream"
        return self.ask("PATCH", url, piece, **{"Upload-Offset": str(offset), "Content-Type": kind}).status

    def break_off(self, url, offset, piece, after):
        """Promise a piece, send a part of it, and be gone."""
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        with socket.create_connection(("127.0.0.1", self.here.port), timeout=30) as line:
            line.sendall(
                f"PATCH {url} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}Upload-Offset: {offset}\r\n"
                f"Content-Type: application/offset+octet-stream\r\nContent-Length: {len(piece)}\r\n\r\n".encode()
            )
            line.sendall(piece[:after])
            time.sleep(0.3)

    def finish(self, url, content, piece=4 * MIB):
        offset = self.offset(url)
        while offset < len(content):
            assert self.send(url, offset, content[offset : offset + piece]) == 204
            offset += min(piece, len(content) - offset)


@pytest.fixture
def served():
    with serving() as here:
        session = here.python(SIGN_IN).split("KEY=")[1].strip()
        yield here, Tab(here, session)


def stored(here):
    [path] = [path for path in (here.data_dir / "uploads").iterdir() if not path.name.startswith(".")]
    return path.read_bytes()


def same(one, other):
    return hashlib.sha256(one).digest() == hashlib.sha256(other).digest()


def test_it_goes_on_after_a_broken_connection_and_after_the_server_was_killed(served):
    here, tab = served
    content = random.Random(1).randbytes(24 * MIB + 17)
    url = tab.begin(len(content))
    assert tab.send(url, 0, content[: 4 * MIB]) == 204
    for _ in range(3):  # more often than there are threads: none of them waits for what never comes
        tab.break_off(url, 4 * MIB, content[4 * MIB : 8 * MIB], after=MIB)
    offset = tab.offset(url)
    assert 4 * MIB <= offset <= 5 * MIB
    assert same(stored(here)[:offset], content[:offset]), "what came before the line broke may count, nothing else"
    assert tab.send(url, offset, content[offset : 12 * MIB]) == 204
    process = here.processes[0]
    line = socket.create_connection(("127.0.0.1", here.port))
    head = "".join(f"{name}: {value}\r\n" for name, value in tab.headers.items())
    line.sendall(
        f"PATCH {url} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}Upload-Offset: {12 * MIB}\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {4 * MIB}\r\n\r\n".encode()
    )
    line.sendall(content[12 * MIB : 14 * MIB])
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    line.close()
    here.serve()
    assert tab.begin(len(content)) == url, "the page was loaded again, and the same file chosen"
    assert tab.offset(url) == 12 * MIB
    tab.finish(url, content)
    assert same(stored(here), content)
    names = [path.name for path in (here.data_dir / "uploads").iterdir()]
    assert len(names) == 1, f"pieces of the killed server lie about: {names}"


def test_a_refused_piece_is_answered_although_it_was_not_read(served):
    _here, tab = served
    url = tab.begin(16 * MIB)
    assert tab.send(url, 0, b"x" * MIB) == 204
    for _ in range(4):
        assert tab.send(url, 0, b"x" * 8 * MIB) == 409
    assert tab.offset(url) == MIB
