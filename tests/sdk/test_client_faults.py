"""B45: every way in which a server can be out of reach has its own sentence, in bounded time, and breaks nothing."""

import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.sdk.licences import KEYS
from tests.sdk.portal import PARTS, client, handler_of, listening, until
from torhaus_sdk import transport
from torhaus_sdk.client import Client
from torhaus_sdk.errors import LicenceError, ServerUnreachable, TooManyRequests
from torhaus_sdk.messages import TEXTS
from torhaus_sdk.tokens import new_token

TOKEN = new_token("acme")


def ask(server: str, folder, **options) -> LicenceError:
    """Ask a server that cannot answer; give the error."""
    values = {"keys": KEYS, "state_file": folder / "licence.json", "fingerprint": PARTS, "timeout": 1.0} | options
    with Client(server, "acme", **values) as one:
        one.save_token(TOKEN.text)
        with pytest.raises(LicenceError) as refusal:
            one.check()
        assert one.status().server_away == refusal.value.message("en") or not isinstance(
            refusal.value, ServerUnreachable
        )
        assert one.status().last_check.ok is False
    assert TOKEN.secret not in str(refusal.value)
    return refusal.value


def acting(vendor, folder, act, **options) -> LicenceError:
    vendor.act = act
    return ask(vendor.url, folder, **options)


def test_B45_each_reason_has_a_sentence_of_its_own():
    texts = [TEXTS[f"server_unreachable_{reason}"] for reason in (*ServerUnreachable.REASONS, "too_many_requests")]
    assert len({english for english, _ in texts}) == len({german for _, german in texts}) == len(texts) == 10


def test_B45_a_name_that_is_not_known(tmp_path, monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = ask("https://portal.vendor.invalid", tmp_path)
    assert error.code == "server_unreachable_dns"
    assert "portal.vendor.invalid wurde nicht gefunden" in error.message("de")


def test_B45_a_name_server_that_never_answers(tmp_path, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: release.wait(20))
    start = time.monotonic()
    assert ask("https://portal.vendor.invalid", tmp_path, timeout=0.5).reason == "timeout"
    assert time.monotonic() - start < 3
    release.set()


def test_B45_a_refused_connection(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    error = ask(f"http://127.0.0.1:{port}", tmp_path)
    assert (error.reason, f"127.0.0.1:{port}" in str(error)) == ("refused", True)


def test_B45_a_server_that_says_nothing(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        assert ask(f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path).reason == "timeout"
        assert time.monotonic() - start < 4


@pytest.mark.parametrize("part", ["head", "body"])
def test_B45_a_server_that_trickles_is_given_up_in_time(vendor, tmp_path, part):
    def trickle(handler, _path, _data):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        for byte in head if part == "head" else head + b"{" + b" " * 900:
            handler.wfile.write(bytes([byte]))
            if part == "head" or byte == 32:
                time.sleep(0.1)
        return True

    start = time.monotonic()
    assert acting(vendor, tmp_path, trickle).reason == "timeout"
    assert time.monotonic() - start < 4


def test_B45_an_answer_that_breaks_off(vendor, tmp_path):
    def break_off(handler, _path, _data):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
        handler.close_connection = True
        return True

    assert acting(vendor, tmp_path, break_off).reason == "network"


def test_B45_no_http_at_all(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer():
            connection, _ = other.accept()
            connection.recv(65536)
            connection.sendall(b"220 mail.example ESMTP\r\n\r\n")
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        assert ask(f"http://127.0.0.1:{other.getsockname()[1]}", tmp_path).reason == "not_torhaus"


@pytest.mark.parametrize(
    ("status", "kind", "body", "reason"),
    [
        (200, "text/html", b"<html>Sign in to the guest network</html>", "not_torhaus"),
        (404, "text/html", b"<h1>Not Found</h1>", "not_torhaus"),
        (200, "application/json", b"{", "not_torhaus"),
        (200, "application/json", b"[1]", "not_torhaus"),
        (200, "application/json", b"\xff\xfe", "not_torhaus"),
        (200, "application/json", b'{"a":' * 100_000, "not_torhaus"),
        (500, "text/html", b"", "server_error"),
        (502, "application/problem+json", b"{}", "server_error"),
        (407, "text/plain", b"", "proxy"),
    ],
)
def test_B45_something_else_answers(vendor, tmp_path, status, kind, body, reason):
    def say(handler, _path, _data):
        handler.say(status, body, kind)
        return True

    assert acting(vendor, tmp_path, say).reason == reason


def test_B45_an_answer_without_end_or_packed_is_not_read(vendor, tmp_path, monkeypatch):
    monkeypatch.setattr(transport, "LONGEST_BODY", 10_000)
    assert acting(vendor, tmp_path, lambda h, *_: h.say(200, b" " * 20_000) or True).reason == "not_torhaus"
    packed = lambda h, *_: h.say(200, b"\x1f\x8b" + b"0" * 50, Content_Encoding="gzip") or True  # noqa: E731 - short
    assert acting(vendor, tmp_path, packed).reason == "not_torhaus"


def test_B45_maintenance_says_when_to_come_again(vendor, tmp_path):
    error = acting(vendor, tmp_path, lambda h, *_: h.say(503, {"code": "unavailable"}, Retry_After="7") or True)
    assert (error.reason, error.retry_after) == ("server_error", 7)


def test_R36_too_many_requests_say_when_to_come_again(vendor, tmp_path):
    error = acting(vendor, tmp_path, lambda h, *_: h.say(429, {"code": "too_many_requests"}, Retry_After="30") or True)
    assert isinstance(error, TooManyRequests)
    assert (error.retry_after, "30 Sekunden" in error.message("de")) == (30, True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_token_does_not_go_there(vendor, tmp_path, status):
    followed = []

    class Elsewhere(handler_of(vendor)):
        def serve(self):
            followed.append(self.headers)

        do_GET = do_POST = serve  # noqa: N815 - named by http.server

    with listening(Elsewhere) as elsewhere:

        def redirect(handler, _path, _data):
            handler.say(status, b"", Location=elsewhere + "/api/v1/validate")
            return True

        error = acting(vendor, tmp_path, redirect)
    assert (error.reason, elsewhere.partition("//")[2] in error.message("de")) == ("redirected", True)
    assert followed == []


def certificate(folder, name="127.0.0.1"):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


def test_B45_a_certificate_nobody_vouches_for(vendor, tmp_path):
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with listening(handler_of(vendor), lambda one: context.wrap_socket(one, server_side=True)) as url:
        address = url.replace("http://127.0.0.1", "https://localhost")
        error = ask(address, tmp_path)
        assert (error.reason, "Zertifikat" in error.message("de")) == ("tls", True)
        assert vendor.requests == []
        # With the company's own authority it works.
        vendor.url, trusts = address, ssl.create_default_context(cafile=path)
        with client(vendor, tmp_path, tls=trusts) as one:
            one.save_token(vendor.token.text)
            assert one.check().valid


def test_B45_https_to_a_server_without(vendor, tmp_path):
    assert ask(vendor.url.replace("http:", "https:"), tmp_path).reason == "tls"


@pytest.mark.parametrize(
    "address",
    [
        "http://portal.vendor.example",
        "http://10.0.0.1",
        "http://localhost.evil.example",
        "ftp://portal.vendor.example",
        "portal.vendor.example",
        "https://user:secret@portal.vendor.example",
        "https://",
        "",
    ],
)
def test_without_encryption_only_this_machine_is_asked(address, tmp_path):
    with pytest.raises(ValueError, match="server must"):
        Client(address, "acme", keys=KEYS, state_file=tmp_path / "x")


@pytest.mark.parametrize(
    "options",
    [
        {"keys": {}},
        {"keys": '{"keys": []}'},
        {"keys": "no JSON"},
        {"product": ""},
        {"timeout": 0},
        {"timeout": 1e9},
        {"on_error": "ignore"},
        {"fingerprint": {}},
        {"fingerprint": {"Host Name": "x"}},
    ],
)
def test_arguments_that_cannot_be_are_told_at_once(options, tmp_path):
    values = {"server": "https://x.example", "product": "acme", "keys": KEYS, "state_file": None} | options
    with pytest.raises(ValueError):
        Client(values.pop("server"), values.pop("product"), **values)


def test_R80_while_the_server_is_away_the_last_good_answer_counts_and_the_status_says_until_when(
    vendor, product, tmp_path
):
    product.check()
    good_until = product.status().good_until
    vendor.act = lambda h, *_: h.say(503, {"code": "unavailable"}) or True
    for _ in range(2):
        with pytest.raises(ServerUnreachable):
            product.check()
    assert product.require("add-on-a")
    status = product.status()
    assert (status.valid, status.mode, status.good_until, status.licences[0].id) == (True, "online", good_until, "Lic1")
    assert "has a fault just now (503)" in status.server_away
    assert status.next_step == f"What was licensed last counts until {good_until:%Y-%m-%d %H:%M} UTC."
    # Until it is over; then the product says so.
    late = client(vendor, tmp_path, clock=lambda: good_until + timedelta(minutes=1), language="de")
    with pytest.raises(LicenceError) as refusal:
        late.require()
    assert refusal.value.code == "answer_expired"
    assert f"galt bis {good_until:%d.%m.%Y %H:%M}" in refusal.value.message("de")
    vendor.act = None
    assert product.check().valid
    assert product.status().server_away == ""


def test_closing_beside_a_running_call_raises_nothing_of_the_libraries(vendor, product):
    vendor.act = lambda *_: time.sleep(0.3)
    found = []

    def report():
        found.append(product.report_usage("objects", 1))

    thread = threading.Thread(target=report)
    thread.start()
    until(lambda: vendor.requests)
    product.close()
    thread.join(10)
    assert len(found) == 1


def test_a_call_on_connections_that_were_closed_meanwhile_is_a_broken_connection(vendor, product, monkeypatch):
    def closed(*_args, **_options):
        raise RuntimeError("Cannot send a request, as the client has been closed.")

    monkeypatch.setattr(httpx.Client, "stream", closed)
    with pytest.raises(ServerUnreachable) as refusal:
        product.check()
    assert refusal.value.reason == "network"
    assert product.report_usage("objects", 1).waiting == 1


def test_a_system_that_gives_no_thread_breaks_nothing(vendor, product, monkeypatch):
    def full(_thread):
        raise RuntimeError("can't start new thread")

    heard = []
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", full)
        with pytest.raises(ServerUnreachable):
            product.check()
        product.start_heartbeat(told=heard.append)
        assert ([one.code for one in heard], product.heartbeat_runs) == (["unknown_code"], False)
    product.start_heartbeat(told=heard.append)
    until(lambda: len(heard) > 1)
    assert heard[1].valid


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("application/json", {"code": "token_invalid"}),
        ("application/json", {"message": "Unauthorized"}),
        ("application/problem+json", {"code": "token_missing"}),
        ("application/problem+json", {"title": "Unauthorized"}),
    ],
)
def test_R80_a_gateway_that_wants_a_sign_in_ends_nothing(vendor, product, kind, said):
    product.check()
    vendor.act = lambda h, *_: h.say(401, said, kind) or True
    for ask_it in (product.check, product.heartbeat):
        with pytest.raises(ServerUnreachable) as refusal:
            ask_it()
        assert refusal.value.reason == "not_torhaus"
        assert product.require("add-on-a")
