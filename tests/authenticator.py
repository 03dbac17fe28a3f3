"""An authenticator app of the tests' own (RFC 6238), so that the portal's is checked by another."""

import base64
import hashlib
import hmac
import re
import struct
from html import unescape

from torhaus.core import clock


def code_of(secret: str, *, later: int = 0) -> str:
    """What the app shows now, or ``later`` periods from now."""
    step = int(clock.now().timestamp()) // 30 + later
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def key_on(page) -> str:
    """The key that the set-up page shows."""
    return re.search(r'id="key">([A-Z2-7 ]+)<', page.content.decode())[1].replace(" ", "")


def codes_on(page) -> list[str]:
    """The recovery codes a page shows."""
    found = re.search(r'<pre id="recovery">([^<]+)</pre>', unescape(page.content.decode()))
    return found[1].split("\n") if found else []


def set_up(client) -> tuple[str, list[str]]:
    """Set an app up by the pages; give its key and the recovery codes. Its code of now is used up."""
    secret = key_on(client.get("/account/app/"))
    answer = client.post("/account/app/", {"code": code_of(secret)})
    assert answer.status_code == 200, answer.content.decode()
    return secret, codes_on(answer)
