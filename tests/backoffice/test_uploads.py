"""Resumable uploads by the tus protocol: what it promises, whose they are, and what is refused (R31)."""

import base64
import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from tests import people
from tests.doors import staff_client
from torhaus.core import clock
from torhaus.releases import uploads
from torhaus.releases.models import Upload
from torhaus.releases.tasks import tidy_releases

URL = "/staff/releases/uploads/"
TUS = {"Tus-Resumable": "1.0.0"}
MIB = 1024**2
BYTES = bytes(range(256)) * 4096


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def manager(db):
    people.vendor()
    return staff_client(people.staff("release_manager"))


def begin(client, size=MIB, name="acme-34.1.zip", fingerprint="1", **headers):
    said = f"filename {b64(name)}" + (f",fingerprint {b64(fingerprint)}" if fingerprint else "")
    return client.post(URL, headers={**TUS, "Upload-Length": str(size), "Upload-Metadata": said, **headers})


def b64(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def send(client, url, offset, piece, content_type="application/offset+octet-stream", **headers):
    return client.generic(
        "PATCH", url, piece, content_type=content_type, headers={**TUS, "Upload-Offset": str(offset), **headers}
    )


def kept():
    upload = Upload.objects.get()
    return upload, uploads.path_of(upload).read_bytes()


def test_a_file_comes_in_pieces_and_is_whole(manager):
    url = begin(manager)["Location"]
    assert re.fullmatch(r"/staff/releases/uploads/\w{12}/", url)
    for offset in range(0, len(BYTES), 300_000):
        answer = send(manager, url, offset, BYTES[offset : offset + 300_000])
        assert answer.status_code == 204
        assert answer["Upload-Offset"] == str(min(offset + 300_000, len(BYTES)))
        head = manager.head(url, headers=TUS)
        assert head["Upload-Offset"] == answer["Upload-Offset"]
        assert head["Upload-Length"] == str(len(BYTES))
        assert head["Cache-Control"] == "no-store"
        assert head["Upload-Expires"]
    upload, stored = kept()
    assert stored == BYTES
    assert uploads.is_complete(upload)


def test_the_server_says_what_it_can(manager):
    answer = manager.options(URL)
    assert answer.status_code == 204
    assert answer["Tus-Version"] == "1.0.0"
    assert answer["Tus-Max-Size"] == str(20 * 1024**3)
    assert set(answer["Tus-Extension"].split(",")) == {"creation", "termination", "checksum", "expiration"}
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_the_same_file_chosen_again_goes_on_and_another_one_does_not(manager):
    first = begin(manager)["Location"]
    send(manager, first, 0, BYTES[:1000])
    again = begin(manager)
    assert (again.status_code, again["Location"], again["Upload-Offset"]) == (200, first, "1000")
    for other in ({"size": 5}, {"name": "other.zip"}, {"fingerprint": "2"}, {"fingerprint": ""}):
        answer = begin(manager, **other)
        assert (answer.status_code, answer["Upload-Offset"]) == (201, "0"), other
        assert answer["Location"] != first


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412, "tus-version"),
        ({"Upload-Length": "-1"}, 400, "header"),
        ({"Upload-Length": "1e9"}, 400, "header"),
        ({"Upload-Length": "٣"}, 400, "header"),
        ({"Upload-Length": "0"}, 400, "empty-file"),
        ({"Upload-Length": str(20 * 1024**3 + 1)}, 413, "too-large"),
        ({"Upload-Length": "9" * 40}, 400, "header"),
        ({"Upload-Metadata": "filename *"}, 400, "metadata"),
        ({"Upload-Metadata": "filename " + base64.b64encode(b"\xff").decode()}, 400, "metadata"),
    ],
)
def test_R31_what_cannot_begin_is_refused_with_a_code(manager, headers, status, code):
    answer = begin(manager, **headers)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.json()["detail"]
    assert answer["Tus-Resumable"] == "1.0.0"
    assert not Upload.objects.exists()
    if status == 412:
        assert answer["Tus-Version"] == "1.0.0"


def test_R31_what_is_no_piece_is_refused_and_counts_nothing(manager):
    url = begin(manager, size=1000)["Location"]
    send(manager, url, 0, b"a" * 100)
    sha = "sha256 " + b64(hashlib.sha256(b"other").digest())
    for status, call in (
        (409, lambda: send(manager, url, 0, b"b" * 10)),
        (409, lambda: send(manager, url, 101, b"b" * 10)),
        (400, lambda: send(manager, url, "x", b"b" * 10)),
        (415, lambda: send(manager, url, 100, b"b" * 10, content_type="application/octet-stream")),
        (412, lambda: send(manager, url, 100, b"b" * 10, **{"Tus-Resumable": "9"})),
        (413, lambda: send(manager, url, 100, b"b" * 901)),
        (460, lambda: send(manager, url, 100, b"b" * 10, **{"Upload-Checksum": sha})),
        (400, lambda: send(manager, url, 100, b"b" * 10, **{"Upload-Checksum": "md5 AAAA"})),
        (405, lambda: manager.get(url, headers=TUS)),
        (405, lambda: manager.post(url, headers=TUS)),
    ):
        assert call().status_code == status
        assert manager.head(url, headers=TUS)["Upload-Offset"] == "100"
    for algorithm in ("sha1", "sha256"):
        right = f"{algorithm} " + b64(hashlib.new(algorithm, b"b" * 10).digest())
        offset = int(manager.head(url, headers=TUS)["Upload-Offset"])
        assert send(manager, url, offset, b"b" * 10, **{"Upload-Checksum": right}).status_code == 204
    assert kept()[1] == b"a" * 100 + b"b" * 20


def test_R31_a_large_piece_is_refused_before_it_is_read(manager):
    url = begin(manager, size=1024**3)["Location"]
    answer = manager.generic(
        "PATCH", url, b"x", content_type="application/offset+octet-stream",
        headers={**TUS, "Upload-Offset": "0"}, CONTENT_LENGTH=str(64 * 1024**2 + 1),
    )  # fmt: skip
    assert answer.status_code == 413


def test_another_persons_upload_is_not_there(manager):
    url = begin(manager)["Location"]
    other = staff_client(people.staff("release_manager", "other@acme.example"))
    assert other.head(url, headers=TUS).status_code == 404
    assert send(other, url, 0, b"x").status_code == 404
    assert other.delete(url, headers=TUS).status_code == 404
    assert other.post(url + "end/").status_code == 404
    assert begin(other)["Location"] != url, "the same file of somebody else is another upload"
    for client, status in ((Client(), 302), (staff_client(people.staff("support")), 403)):
        assert begin(client).status_code == status
        assert send(client, url, 0, b"x").status_code == status
    assert Upload.objects.count() == 2
    assert manager.head(url, headers=TUS)["Upload-Offset"] == "0"


def test_a_form_of_another_site_uploads_nothing(manager):
    url = begin(manager)["Location"]
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = manager.cookies
    assert begin(strict).status_code == 403
    assert send(strict, url, 0, b"x").status_code == 403
    assert strict.delete(url, headers=TUS).status_code == 403
    page = strict.get("/staff/releases/new/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    assert send(strict, url, 0, b"x", **{"X-CSRFToken": token}).status_code == 204


def test_an_upload_is_ended_by_delete_or_by_a_form_and_its_bytes_go(manager):
    url = begin(manager)["Location"]
    send(manager, url, 0, b"x")
    path = uploads.path_of(Upload.objects.get())
    assert path.exists()
    assert manager.delete(url, headers=TUS).status_code == 204
    assert not path.exists()
    for answer in (manager.head(url, headers=TUS), send(manager, url, 1, b"x"), manager.delete(url, headers=TUS)):
        assert answer.status_code == 404
    url = begin(manager)["Location"]
    override = {**TUS, "X-HTTP-Method-Override": "DELETE"}
    assert manager.post(url, headers=override).status_code == 204
    url = begin(manager)["Location"]
    assert manager.post(url + "end/").status_code == 302
    assert not Upload.objects.exists()
    assert list(uploads.folder().iterdir()) == []


def test_an_upload_whose_bytes_were_lost_is_gone(manager):
    url = begin(manager)["Location"]
    send(manager, url, 0, b"x" * 100)
    path = uploads.path_of(Upload.objects.get())
    path.write_bytes(b"x")
    assert send(manager, url, 100, b"x").status_code == 410
    path.unlink()
    assert send(manager, url, 100, b"x").status_code == 410
    assert begin(manager)["Location"] != url, "the same file begins anew"


def test_what_a_killed_process_wrote_but_did_not_count_is_written_over(manager):
    url = begin(manager, size=20)["Location"]
    send(manager, url, 0, b"a" * 10)
    with uploads.path_of(Upload.objects.get()).open("ab") as file:
        file.write(b"z" * 50)
    assert send(manager, url, 10, b"b" * 10).status_code == 204
    assert kept()[1] == b"a" * 10 + b"b" * 10


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("a\x00b.zip", "ab.zip"),
        ("", "file"),
        ("ä" * 300, "ä" * 180),
        ("C:\\x.exe", "C-x.exe"),
    ],
)
def test_names_are_cleaned(manager, given, stored):
    assert begin(manager, name=given).status_code == 201
    upload = Upload.objects.get()
    assert upload.name.strip("-") == stored
    assert uploads.path_of(upload).parent == uploads.folder()


def test_nobody_has_more_than_twenty_open(manager):
    for number in range(uploads.OPEN_AT_MOST):
        assert begin(manager, name=f"{number}.zip").status_code == 201
    answer = begin(manager, name="one-more.zip")
    assert answer.status_code == 409
    assert answer.json()["code"] == "too-many"
    assert begin(manager, name="0.zip").status_code == 200, "one that is open goes on"
    other = staff_client(people.staff("release_manager", "other@acme.example"))
    assert begin(other).status_code == 201


def test_a_disk_that_cannot_hold_it_is_said_before_a_byte_is_sent(manager, monkeypatch):
    monkeypatch.setattr(uploads.os, "statvfs", lambda _path: type("S", (), {"f_bavail": 10, "f_frsize": 512}))
    answer = begin(manager, size=6000)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk-full")
    assert begin(manager, size=4000).status_code == 201
    assert begin(manager, size=4000, name="2.zip").status_code == 507, "what others are still to send is promised"


def test_abandoned_uploads_go_after_48_hours(manager):
    url = begin(manager)["Location"]
    path = uploads.path_of(Upload.objects.get())
    with clock.shifted(timedelta(hours=47)):
        tidy_releases.call()
        assert path.exists()
        assert send(staff_client(Upload.objects.get().by), url, 0, b"x").status_code == 204
    with clock.shifted(timedelta(hours=94)):
        tidy_releases.call()
        assert path.exists(), "48 hours after the last piece, not the first"
    with clock.shifted(timedelta(hours=96)):
        tidy_releases.call()
    assert not path.exists()
    assert not Upload.objects.exists()


def alone(*call):
    try:
        return send(*call)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_of_two_pieces_at_one_offset_exactly_one_counts():
    people.vendor()
    user = people.staff("release_manager")
    url = begin(staff_client(user), size=8 * 65536)["Location"]
    clients = [staff_client(user) for _ in range(4)]
    for part in range(8):
        pieces = [bytes([65 + number]) * 65536 for number in range(4)]
        with ThreadPoolExecutor(4) as pool:
            work = [pool.submit(alone, c, url, part * 65536, p) for c, p in zip(clients, pieces, strict=True)]
        statuses = sorted(one.result().status_code for one in work)
        assert statuses == [204, 409, 409, 409]
    stored = kept()[1]
    assert len(stored) == 8 * 65536
    assert all(len(set(stored[n : n + 65536])) == 1 for n in range(0, len(stored), 65536)), "no piece is mixed"
