"""A production server behind its proxy: HTTPS only, cookies that stay there, errors that tell strangers nothing."""

import http.client
import re
from urllib.parse import urlencode

import pytest

from tests.servers import SECRET_KEY, serving

pytestmark = pytest.mark.servers
BY_PROXY = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7", "Host": "portal.acme.example"}


@pytest.fixture(scope="module")
def portal():
    with serving(
        production="true",
        https="true",
        hosts="portal.acme.example",
        public_url="https://portal.acme.example",
        trusted_proxies="127.0.0.1/32",
        mail_mode="smtp",
        mail_from="portal@acme.example",
    ) as here:
        here.token = here.python("people.vendor(); print(people.token(people.contract(people.customer())))").strip()
        yield here


def ask(portal, method, path, body=None, **headers):
    """Ask as the proxy does, which sits on this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=20)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def test_R24_plain_http_is_sent_to_https_and_health_is_not(portal):
    answer, _ = ask(portal, "GET", "/login/", Host="portal.acme.example")
    assert (answer.status, answer.headers["Location"]) == (301, "https://portal.acme.example/login/")
    answer, _ = ask(portal, "GET", "/health/live", Host="portal.acme.example")
    assert answer.status == 200


def test_R23_cookies_and_sign_in_behind_the_proxy(portal):
    answer, page = ask(portal, "GET", "/login/", **BY_PROXY)
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    csrf = next(value for value in answer.headers.get_all("Set-Cookie") if "csrf" in value)
    assert csrf.startswith("__Host-torhaus_csrf=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in csrf.split(";")}
    hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    form = urlencode({"token": portal.token, "csrfmiddlewaretoken": hidden})
    headers = BY_PROXY | {
        "Cookie": csrf.split(";")[0],
        "Origin": "https://portal.acme.example",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer, _ = ask(portal, "POST", "/login/", form, **headers)
    assert answer.status == 302
    session = next(value for value in answer.headers.get_all("Set-Cookie") if "session" in value)
    assert session.startswith("__Host-torhaus_session=")
    assert {"Secure", "HttpOnly"} <= {part.strip() for part in session.split(";")}
    stolen = headers | {"Origin": "https://evil.example"}
    assert ask(portal, "POST", "/login/", form, **stolen)[0].status == 403


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/nothing/here/", {}, 404),
        ("/login/", {"Host": "evil.example"}, 400),
        ("/login/%00", {}, 404),
        ("/.env", {}, 404),
        ("/static/../../secret-key", {}, 404),
    ],
)
def test_R39_errors_tell_strangers_nothing(portal, path, headers, status):
    answer, page = ask(portal, "GET", path, **BY_PROXY | headers)
    assert answer.status == status
    for word in ("Traceback", "DEBUG", "Django", "torhaus.config", "site-packages", SECRET_KEY, str(portal.data_dir)):
        assert word not in page
    assert "Server" not in answer.headers or not re.search(r"\d", answer.headers["Server"])
