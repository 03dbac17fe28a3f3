import hashlib
import tracemalloc
from urllib.parse import unquote

import pytest
from django.test import Client

from tests import people
from tests.web.visitors import signed_in, words
from torhaus.core.storage import DiskStore
from torhaus.frame.files import disposition, safe_name

pytestmark = pytest.mark.usefixtures("stopped_clock")

CONTENT = b"%PDF-1.7\n" + bytes(range(256)) * 800 + b"%%EOF"
SIZE = len(CONTENT)


@pytest.fixture
def store(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return DiskStore(tmp_path / "files")


@pytest.fixture
def contract(db):
    people.vendor()
    return people.contract(people.customer())


@pytest.fixture
def stored(contract, store):
    kept = store.put([CONTENT])
    return people.invoice(contract.customer, document_key=kept.key, document_bytes=kept.size)


@pytest.fixture
def client(contract, stored):
    return signed_in(contract)


@pytest.fixture
def path(stored):
    return f"/invoices/{stored.ref}/pdf/"


def body(answer) -> bytes:
    """All of the content; reading it to its end is what closes the file here."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def status(answer) -> int:
    body(answer)
    return answer.status_code


def test_the_pdf_comes_whole_with_its_name_and_is_kept_by_no_cache(client, path, stored):
    answer = client.get(path)
    assert answer.status_code == 200
    assert body(answer) == CONTENT
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="RG-2026-0412.pdf"'
    assert answer.headers["ETag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"' == f'"{stored.document_key}"'
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, SIZE - 1),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        ("bytes=0-0", 0, 0),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        (f"bytes=10-{SIZE * 2}", 10, SIZE - 1),
        (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
        ("bytes=70000-140000", 70000, 140000),
        ("bytes= 1-2", 1, 2),
    ],
)
def test_a_range_gives_206_with_just_these_bytes(client, path, wanted, first, last):
    answer = client.get(path, headers={"Range": wanted})
    assert answer.status_code == 206
    assert body(answer) == CONTENT[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("wanted", [f"bytes={SIZE}-", "bytes=99999999-", "bytes=-0", f"bytes={SIZE}-{SIZE + 1}"])
def test_a_range_beyond_the_end_gives_416_and_the_size(client, path, wanted):
    answer = client.get(path, headers={"Range": wanted})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
    assert body(answer) == b""


@pytest.mark.parametrize(
    "wanted",
    ["bytes=", "bytes=-", "bytes=5-3", "bytes=0-1,3-4", "items=0-1", "bytes=a-b", "bytes=" + "9" * 400 + "-", "x"],
)
def test_what_is_no_single_range_gives_the_whole(client, path, wanted):
    answer = client.get(path, headers={"Range": wanted})
    assert answer.status_code == 200
    assert len(body(answer)) == SIZE


def test_who_has_it_gets_304(client, path, stored):
    etag = f'"{stored.document_key}"'
    for header in (etag, "W/" + etag, f'"other", {etag}', "*"):
        answer = client.get(path, headers={"If-None-Match": header})
        assert answer.status_code == 304
        assert body(answer) == b""
        assert answer.headers["ETag"] == etag
        assert answer.headers["Content-Length"] == str(SIZE)
        assert "Content-Type" not in answer.headers
    assert status(client.get(path, headers={"If-None-Match": '"other"'})) == 200


def test_if_match_and_if_range_hold_the_version(client, path, stored):
    etag = f'"{stored.document_key}"'
    assert client.get(path, headers={"If-Match": '"other"'}).status_code == 412
    assert status(client.get(path, headers={"If-Match": etag})) == 200
    ranged = {"Range": "bytes=0-1"}
    assert status(client.get(path, headers=ranged | {"If-Range": etag})) == 206
    for other in ('"other"', "W/" + etag, "Sun, 22 Nov 2026 12:00:00 GMT"):
        answer = client.get(path, headers=ranged | {"If-Range": other})
        assert answer.status_code == 200
        assert len(body(answer)) == SIZE


def test_head_tells_the_size_and_sends_nothing(client, path):
    answer = client.head(path, headers={"Range": "bytes=0-1"})
    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(SIZE)
    assert body(answer) == b""


@pytest.mark.parametrize(
    ("number", "plain", "exact"),
    [
        ("RG/2026/0412", "RG-2026-0412.pdf", None),
        ("..\\..\\evil", "evil.pdf", None),
        ('a"b', "a-b.pdf", None),
        ("RG\r\nX-Evil: 1", "RG-X-Evil- 1.pdf", None),
        ("Größe 100%", "Gr__e 100_.pdf", "Größe 100%.pdf"),
        ("№ 7", "_ 7.pdf", "№ 7.pdf"),
        ("rg\u202efdp.exe", "rg-fdp.exe.pdf", None),
    ],
)
def test_R32_names_hold_what_numbers_may_hold_and_no_more(contract, store, number, plain, exact):
    kept = store.put([CONTENT])
    one = people.invoice(contract.customer, number, document_key=kept.key)
    answer = signed_in(contract).get(f"/invoices/{one.ref}/pdf/")
    body(answer)
    header = answer.headers["Content-Disposition"]
    assert header.startswith(f'attachment; filename="{plain}"')
    assert "\r" not in header
    if exact:
        assert unquote(header.partition("filename*=UTF-8''")[2]) == exact


def test_a_name_is_never_empty_nor_endless():
    assert safe_name("///") == "file"
    assert len(safe_name("x" * 10_000)) == 180
    assert disposition("") == 'attachment; filename="file"'


def test_without_a_pdf_the_page_says_so_and_whom_to_ask(contract, store):
    none = people.invoice(contract.customer)
    for language, text in (("en", "There is no PDF of this invoice here."), ("de", "liegt hier kein PDF")):
        client = signed_in(contract, language)
        answer = client.get(f"/invoices/{none.ref}/")
        assert text in words(answer)
        assert "hello@acme.example" in words(answer)
        assert "/pdf/" not in answer.content.decode()
        direct = client.get(f"/invoices/{none.ref}/pdf/")
        assert direct.status_code == 404
        assert text in words(direct)


def test_a_lost_file_is_told_and_logged(client, path, stored, store, caplog):
    store.path(stored.document_key).unlink()
    answer = client.get(path)
    assert answer.status_code == 404
    assert "There is no PDF of this invoice here." in words(answer)
    assert stored.ref in caplog.text


def test_a_stranger_and_another_customer_get_nothing(contract, path):
    assert Client().get(path).status_code == 302
    other = people.contract(people.customer("2", "Fremd AG"), "V-2")
    assert signed_in(other).get(path).status_code == 404


def test_memory_does_not_grow_with_the_file(contract, store):
    kept = store.put(b"x" * 1_000_000 for _ in range(64))
    one = people.invoice(contract.customer, document_key=kept.key)
    client = signed_in(contract)
    answer = client.get(f"/invoices/{one.ref}/pdf/")
    tracemalloc.start()
    total = sum(len(piece) for piece in answer.streaming_content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 64_000_000
    assert peak < 2_000_000
