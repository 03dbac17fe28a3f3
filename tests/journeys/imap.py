"""A real IMAP server on this machine, in a process of its own, and somebody who puts mails into its mailbox."""

import contextlib
import imaplib
import subprocess
import sys
import time
from pathlib import Path

from tests.servers import free_port

USER, PASSWORD = "demouser", "demopass"


class Box:
    """The mailbox as its owner sees it."""

    def __init__(self, port: int) -> None:
        self.port = port

    def put(self, raw: bytes) -> None:
        """Deliver a mail."""
        with self._open() as server:
            server.append("INBOX", None, None, raw)

    def empty(self) -> None:
        """Take all mails out."""
        with self._open() as server:
            server.select("INBOX")
            server.store("1:*", "+FLAGS", r"(\Deleted)")
            server.expunge()

    def count(self, *criteria: str) -> int:
        """Give how many mails fit, such as ``UNSEEN`` or ``FLAGGED``."""
        with self._open() as server:
            server.select("INBOX", readonly=True)
            return len(server.search(None, *(criteria or ("ALL",)))[1][0].split())

    @contextlib.contextmanager
    def _open(self):
        server = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        try:
            server.login(USER, PASSWORD)
            yield server
        finally:
            server.logout()


@contextlib.contextmanager
def imap_server():
    """Run the server with an empty mailbox."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "pymap"), "--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    process = subprocess.Popen([*command, "dict", "--demo-data"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        box, end = Box(port), time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                box.empty()
                break
            assert process.poll() is None, "the IMAP server ended"
            assert time.monotonic() < end, "the IMAP server does not answer"
            time.sleep(0.1)
        yield box
    finally:
        process.kill()
        process.wait()
