"""A real nginx before a portal, configured as docs/operations.md says."""

import contextlib
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.servers import ROOT, free_port

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")


@contextlib.contextmanager
def before(here):
    """Start nginx before an installation; gives its address."""
    port, folder = free_port(), here.data_dir / "nginx"
    folder.mkdir()
    (folder / "nginx.conf").write_text(
        f"""
        pid {folder}/pid; error_log {folder}/error.log; daemon off; worker_processes 1;
        user {Path(folder).owner()};
        events {{ worker_connections 256; }}
        http {{
            access_log off;
            client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
            uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
            server {{
                listen 127.0.0.1:{port};
                location / {{ proxy_pass {here.url}; proxy_set_header Host $host:{here.port}; }}
                {documented_location(here)}
            }}
        }}
        """
    )
    process = subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}", process, folder / "error.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def documented_location(here) -> str:
    """The location that operations.md tells to write, with this installation's folder."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    found = re.search(r"location /torhaus-files/ \{.*?\}", text, re.DOTALL)[0]
    assert "/srv/torhaus/data/files/" in found
    return found.replace("/srv/torhaus/data/files/", f"{here.data_dir}/files/")


def _wait(url, process, log) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text() if log.exists() else "nginx ended"
        with contextlib.suppress(ConnectionError, urllib.error.URLError):
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.1)
    raise AssertionError("nginx does not answer")
