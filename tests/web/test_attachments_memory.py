"""R31 against a real server: what is far too large is refused, and the server's memory does not grow with it."""

import http.client
import re
import time
from pathlib import Path

import pytest

from tests.servers import serving

pytestmark = pytest.mark.servers
SETUP = """
from tests.web.tickets import supported
print("TOKEN" + people.token(supported()))
"""
EDGE = b"----edge"


def memory(pid: int) -> int:
    """The most memory (in kB) that a server with its children has ever had."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        group = re.search(r"^NSpgid:\s+(\d+)", text, re.MULTILINE)
        if group and int(group[1]) == pid:
            found = max(found, int(re.search(r"^VmHWM:\s+(\d+)", text, re.MULTILINE)[1]))
    return found


class Visit:
    """A signed-in visit over one connection a request."""

    def __init__(self, here, token: str) -> None:
        self.port, self.cookies = here.port, {}
        self.csrf = self._csrf(self.ask("GET", "/login/"))
        self.ask(
            "POST",
            "/login/",
            f"csrfmiddlewaretoken={self.csrf}&token={token}".encode(),
            "application/x-www-form-urlencoded",
        )

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, bytes]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} | (
            {"Content-Type": kind} if kind else {}
        )
        try:
            link.request(method, path, body, headers)
            answer = link.getresponse()
            content = answer.read()
        except (BrokenPipeError, ConnectionResetError):
            return 0, b""  # it hung up without reading on, which is a refusal, too
        finally:
            link.close()
        cookies = "\n".join(answer.headers.get_all("Set-Cookie") or [])
        for name, value in re.findall(r"^([\w-]+)=([^;]*);", cookies, re.MULTILINE):
            if name.startswith("torhaus"):
                self.cookies[name] = value
        return answer.status, content

    def _csrf(self, answer: tuple[int, bytes]) -> str:
        return re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', answer[1])[1].decode()

    def send(self, *files: bytes) -> tuple[int, bytes]:
        """Send the form with files of these contents."""
        page = self.ask("GET", "/help/tickets/new/")
        fields = {
            "csrfmiddlewaretoken": self._csrf(page), "mail": "eva@nordwind.example", "reason": "question", "body": "Big",
        }  # fmt: skip
        parts = [f'Content-Disposition: form-data; name="{k}"\r\n\r\n{v}'.encode() for k, v in fields.items()]
        parts += [
            f'Content-Disposition: form-data; name="files"; filename="{n}.txt"\r\n\r\n'.encode() + content
            for n, content in enumerate(files)
        ]
        body = b"".join(b"--" + EDGE + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + EDGE + b"--\r\n"
        return self.ask("POST", "/help/tickets/new/", body, f"multipart/form-data; boundary={EDGE.decode()}")


@pytest.mark.once
@pytest.mark.timeout(300)
def test_R31_oversized_attachments_are_refused_in_constant_memory():
    with serving(workers="1", attachment_max_mib="10", login_attempts="100") as here:
        token = here.python(SETUP).split("TOKEN")[1].strip()
        visit = Visit(here, token)
        assert visit.send(b"fine")[0] == 302
        before = memory(here.processes[0].pid)
        assert visit.send(b"x" * 9_000_000, b"y" * 9_000_000)[0] == 302
        status, page = visit.send(b"x" * 40_000_000)
        assert status == 422
        assert "0.txt ist größer als 10 MiB" in page.decode()
        grown = memory(here.processes[0].pid) - before
        started = time.monotonic()
        status, page = visit.send(b"x" * 300_000_000)
        assert status in {0, 413}
        print(f"{before} kB before, {grown} kB more for 40 MB, refused 300 MB in {time.monotonic() - started:.1f} s")
        far = memory(here.processes[0].pid) - before
        print(f"{far} kB more after 300 MB")
        assert visit.send(b"fine")[0] == 302
        assert far < 80_000
