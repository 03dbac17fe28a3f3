"""The sample product as a process of its own, against a portal that is really served."""

import contextlib
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.sdk.console import keys_of
from tests.servers import ROOT, free_port, serving

RECORDED = "from torhaus.records.actions import seal_records; seal_records()"


class Product:
    """The sample, as a browser of one of its users sees it."""

    def __init__(self, url: str, portal) -> None:
        self.url, self.portal = url, portal
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def signed_in(self) -> "Product":
        """Give the same for another browser, which keeps its own cookies."""
        return Product(self.url, self.portal)

    def get(self, path: str, language: str = "en") -> str:
        joined = "&" if "?" in path else "?"
        return self.browser.open(f"{self.url}{path}{joined}lang={language}", timeout=60).read().decode()

    def post(self, path: str, language: str = "en", origin: str = "", **said: object) -> tuple[int, str]:
        data = urllib.parse.urlencode(said).encode()
        headers = {"Origin": origin or self.url}
        request = urllib.request.Request(f"{self.url}{path}?lang={language}", data, headers)
        try:
            with self.browser.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def seat(self, name: str) -> str:
        """Give the reference of a user's seat, as the page holds it."""
        page = self.get("/users")
        return re.findall(rf"<h2>{name} \(\w+\)</h2>.*?name=seat value=\"(\w+)\"", page, re.DOTALL)[0]


@contextlib.contextmanager
def running(folder: Path, seed: str) -> Iterator[Product]:
    """Serve a portal and the sample beside it; ``seed`` runs in the portal and prints the token at last."""
    with serving(api_per_token="1000") as portal:  # every page asks several times
        (folder / "token.txt").write_text(portal.python(seed).strip().splitlines()[-1])
        (folder / "jwks.json").write_bytes(keys_of(portal.url))
        port = free_port()
        env = {key: value for key, value in os.environ.items() if not key.startswith("TORHAUS_")} | {
            "PORTAL": portal.url, "PRODUCT": "acme", "KEYS": str(folder / "jwks.json"), "DATA": str(folder),
            "TOKEN_FILE": str(folder / "token.txt"), "PYTHONPATH": str(ROOT / "examples" / "datenraum"),
        }  # fmt: skip
        with (folder / "log").open("w") as log:
            process = subprocess.Popen([sys.executable, "-m", "datenraum", str(port)], env=env, stdout=log, stderr=log)
        try:
            found = Product(f"http://127.0.0.1:{port}", portal)
            _until_it_answers(found, process, folder / "log")
            yield found
        finally:
            process.kill()
            process.wait()
        assert "Traceback" not in (folder / "log").read_text()


def _until_it_answers(found: Product, running: subprocess.Popen, log) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert running.poll() is None, log.read_text()
        try:
            found.get("/")
        except urllib.error.URLError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())
