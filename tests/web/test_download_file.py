"""The door of the files: links that are bound and end, resumed downloads, and one record for each link."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people, processes
from tests.doors import staff_client
from tests.web.visitors import signed_in, words
from torhaus.core import clock
from torhaus.core.storage import file_store
from torhaus.frame.rates import PER_ADDRESS, PER_TOKEN
from torhaus.frame.sending import SENDER
from torhaus.frame.viewers import PREVIEW
from torhaus.records.models import Record
from torhaus.releases.links import make_link
from torhaus.releases.models import Download, Release
from torhaus.subscriptions.models import Contract
from torhaus_sdk.tokens import new_token, parse_token

CONTENT = bytes(range(256)) * 2000


@pytest.fixture(autouse=True)
def stopped_clock():
    PER_TOKEN.forget()
    PER_ADDRESS.forget()
    with clock.at(people.NOON):
        yield


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def contract(db):
    people.vendor()
    return people.contract(people.customer())


@pytest.fixture
def file(contract):
    return people.release_file(people.release("34.1", packages=[]), CONTENT, "Größe 34.1.zip")


def path(contract, file) -> str:
    return f"/downloads/files/{file.ref}/{make_link(contract_ref=contract.ref, file_ref=file.ref)}/"


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def get(client, url, **headers):
    answer = client.get(url, headers=headers)
    answer.read = body(answer)
    return answer


def recorded() -> list[Record]:
    with scopes_disabled():
        return list(Record.objects.filter(deed="download_file").order_by("pk"))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_R32_a_file_comes_with_a_name_of_the_servers_and_is_recorded(contract, file):
    answer = get(signed_in(contract), path(contract, file))
    assert answer.status_code == 200
    assert answer.read == CONTENT
    assert answer.headers["ETag"] == f'"{file.key}"' == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Gr__e 34.1.zip\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%2034.1.zip"
    )
    assert "no-store" in answer.headers["Cache-Control"]
    [record] = recorded()
    assert record.customer_ref == contract.customer.ref
    assert (record.subject_kind, record.subject_ref) == ("contract", contract.ref)
    assert record.after == {"file": file.name, "version": "34.1", "of": "acme", "sha256": file.key}
    with scopes_disabled():
        stored = Download.objects.get()
    assert (stored.contract, stored.file, stored.began_at) == (contract, file, people.NOON)
    assert "A file was downloaded" in words(signed_in(contract).get("/dashboard/"))


def test_R54_a_broken_download_resumes_to_the_same_checksum_and_counts_once(contract, file):
    client, url = signed_in(contract), path(contract, file)
    part = get(client, url).read[:70_000]  # then the connection broke
    while len(part) < len(CONTENT):
        last = min(len(part) + 99_999, len(CONTENT) - 1)
        answer = get(client, url, **{"Range": f"bytes={len(part)}-{last}", "If-Range": f'"{file.key}"'})
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {len(part)}-{last}/{len(CONTENT)}"
        part += answer.read
    assert hashlib.sha256(part).hexdigest() == file.key
    assert len(recorded()) == 1
    get(client, path(contract, file))
    assert len(recorded()) == 2


def test_what_sends_nothing_records_nothing(contract, file):
    client, url = signed_in(contract), path(contract, file)
    assert client.head(url).status_code == 200
    assert get(client, url, **{"If-None-Match": f'"{file.key}"'}).status_code == 304
    assert get(client, url, **{"If-Match": '"other"'}).status_code == 412
    assert get(client, url, Range="bytes=99999999-").status_code == 416
    assert recorded() == []


def altered(link: str) -> list[str]:
    """The link with each of its parts changed, and some nonsense."""
    nonce, until, mac = link.strip("/").split("/")[-1].split("-", 2)
    later = str(int(until) + 9999)
    found = [
        f"{nonce[::-1]}-{until}-{mac}",
        f"{nonce}-{later}-{mac}",
        f"{nonce}-{until}-{mac[:-1]}",
        f"{nonce}-{until}",
    ]
    return [*found, nonce, "x", "-", "--", "é-1-ü", "%00", "9" * 5000, f"{nonce}-{until}-{mac}x", f"{nonce}-x-{mac}"]


def test_R54_altered_foreign_and_ended_links_are_404_and_the_page_says_how_to_get_a_fresh_one(contract, file):
    other = people.contract(people.customer("2", "Fremd AG"), "V-2")
    second = people.release_file(file.release, b"other", "other.zip", "update")
    client, url = signed_in(contract), path(contract, file)
    urls = [f"/downloads/files/{file.ref}/{link}/" for link in altered(url)]
    urls += [path(other, file), url.replace(file.ref, second.ref), url.replace(file.ref, "x" * 12)]
    for one in urls:
        answer = client.get(one)
        assert answer.status_code == 404, one
    assert "Open the downloads again" in words(client.get(urls[0]))
    assert "wechseln Sie zuerst" in words(signed_in(contract, "de").get(urls[0]))
    assert signed_in(other).get(url).status_code == 404
    assert Client().get(url).status_code == 302
    with clock.shifted(timedelta(hours=24, seconds=1)):
        assert signed_in(contract).get(url).status_code == 404
    with clock.shifted(timedelta(hours=23, minutes=59)):
        assert get(signed_in(contract), url).status_code == 200
    assert len(recorded()) == 1


def test_entitlement_is_asked_again_at_the_door(contract, file):
    client, url = signed_in(contract), path(contract, file)
    assert get(client, url).status_code == 200
    with scopes_disabled():
        Contract.objects.update(suspended=True)
    assert get(client, url).status_code == 404
    Release.objects.update(security=True)
    assert get(client, url).status_code == 200
    Release.objects.update(withdrawn_at=people.NOON)
    assert get(client, url).status_code == 404
    Release.objects.update(withdrawn_at=None, published_at=people.NOON + timedelta(hours=1))
    assert get(client, url).status_code == 404


def test_a_lost_file_is_told_and_logged_and_not_recorded(contract, file, caplog):
    file_store().delete(file.key)
    answer = signed_in(contract).get(path(contract, file))
    assert answer.status_code == 404
    assert "The file is missing here" in words(answer)
    assert file.ref in caplog.text
    assert recorded() == []


# With a licence token instead of a session


def test_a_server_without_a_browser_fetches_with_its_licence_token(contract, file):
    token = people.token(contract)
    url = path(contract, file)
    answer = get(Client(), url, **bearer(token), Range="bytes=10-19")
    assert (answer.status_code, answer.read) == (206, CONTENT[10:20])
    assert not answer.cookies
    [record] = recorded()
    assert record.actor_ref == parse_token(token).public_id


def test_a_token_of_another_contract_and_a_bad_one_get_problems(contract, file, settings):
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=3)
    other = people.token(people.contract(contract.customer, "V-2"))
    url = path(contract, file)
    answer = Client().get(url, headers=bearer(other))
    assert (answer.status_code, answer.json()["code"]) == (404, "link_unusable")
    assert answer.headers["Content-Type"] == "application/problem+json"
    for bad in (new_token("acme").text, "x", other[:-1] + "!"):
        answer = Client().get(url, headers=bearer(bad))
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    answer = Client().get(url, headers=bearer(other))
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert int(answer.headers["Retry-After"]) > 500
    assert recorded() == []


def test_a_session_does_not_help_a_bad_token(contract, file):
    answer = signed_in(contract).get(path(contract, file), headers=bearer("x"))
    assert answer.status_code == 401


def test_staff_who_look_on_fetch_nothing_in_the_customers_name(contract, file):
    answer = staff_client(people.staff(), **{PREVIEW: contract.ref}).get(path(contract, file))
    assert answer.status_code == 403
    assert recorded() == []


# Once, whoever comes first

FETCH = """
import sys
from django.test import Client
from torhaus.core import clock
from tests import people
client = Client(SERVER_NAME='localhost')
while not __import__("os").path.exists(sys.argv[1]): pass
with clock.at(people.NOON):
    answer = client.get(sys.argv[2], headers={"Authorization": "Bearer " + sys.argv[3]})
    print(answer.status_code, len(b"".join(answer.streaming_content)))
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_parallel_requests_of_one_link_by_several_processes_are_recorded_once(settings, tmp_path):
    env = processes.environment()
    settings.DATA_DIR = tmp_path
    people.vendor()
    contract = people.contract(people.customer())
    file = people.release_file(people.release("34.1", packages=[]), CONTENT)
    token, url, start = people.token(contract), path(contract, file), tmp_path / "start"
    code = f"from pathlib import Path\nfrom django.conf import settings\nsettings.DATA_DIR = Path({str(tmp_path)!r})\n"
    running = [
        processes.start("-c", f"import django; django.setup()\n{code}{FETCH}", str(start), url, token, env=env)
        for _ in range(6)
    ]
    processes.wait_for(lambda: all(one.poll() is None for one in running))
    start.touch()
    said = [processes.finish(one, timeout=120) for one in running]
    assert [line.split()[-2:] for line in said] == [["200", str(len(CONTENT))]] * 6
    assert len(recorded()) == 1
    with scopes_disabled():
        assert Download.objects.count() == 1


# Asked of the process for files


@pytest.mark.parametrize("language", ["en", "de"])
def test_from_the_process_for_files_pages_lead_to_the_portal(contract, file, language):
    """It has neither sign-in nor style sheets; files and problems it answers itself."""
    sent = []
    there = {SENDER: lambda *what: sent.append(what)}
    url = path(contract, file)
    assert Client().get(url, **there).url.startswith("http://localhost:8000/login/?next=%2Fdownloads%2Ffiles%2F")
    client = signed_in(contract, language)
    over = client.get(url + "?a=b", **there), client.get(url.replace("-", "_") + "?a=b", **there)
    assert over[0].status_code == 200
    assert over[1].url == "http://localhost:8000" + url.replace("-", "_") + "?a=b"
    assert [(first, length) for _path, first, length in sent] == [(0, len(CONTENT))]
    answer = Client().get(url, headers=bearer("x"), **there)
    assert answer.json()["code"] == "token_invalid"


def test_where_one_proxy_stands_before_both_pages_stay(contract, file, settings):
    settings.OPTIONS = replace(settings.OPTIONS, public_url="http://testserver")
    there = {SENDER: lambda *what: None}
    assert Client().get(path(contract, file), **there).url.startswith("/login/?next=")
    assert signed_in(contract).get("/downloads/files/x/y/", **there).status_code == 404
