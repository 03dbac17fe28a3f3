"""An S3 server for tests: in a process of its own on this machine, with a bucket that is made anew for each use."""

import atexit
import contextlib
import os
import subprocess
import sys
import time
import urllib.request
import uuid
from functools import cache

import boto3

from tests.servers import START_SECONDS, free_port

KEY_ID, SECRET = "only-for-tests", "only-for-tests-too"


def bucket() -> dict[str, str]:
    """Make a bucket; gives the settings that lead to it, without ``TORHAUS_``."""
    name = f"files-{uuid.uuid4().hex[:12]}"
    settings = {
        "files_in": "s3",
        "s3_endpoint": server(),
        "s3_bucket": name,
        "s3_region": "us-east-1",
        "s3_key_id": KEY_ID,
        "s3_secret": SECRET,
    }
    client(settings).create_bucket(Bucket=name)
    return settings


def client(settings: dict[str, str]):
    """A client beside that of Torhaus, to look at what lies there."""
    return boto3.client(
        "s3",
        endpoint_url=settings["s3_endpoint"],
        region_name="us-east-1",
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=SECRET,
    )


@cache
def server() -> str:
    """Start the server, once for this run; gives its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env={key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    owner = os.getpid()
    atexit.register(lambda: os.getpid() == owner and (process.kill(), process.wait()))
    address, end = f"http://127.0.0.1:{port}", time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "the S3 server ended"
        with contextlib.suppress(OSError), urllib.request.urlopen(address + "/moto-api/", timeout=5):
            return address
        time.sleep(0.1)
    raise AssertionError("the S3 server does not answer")
