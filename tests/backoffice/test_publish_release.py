"""Staff publish versions on pages: by the uploading script or by the ordinary form, checked and published by a job."""

import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tasks_db.models import DBTaskResult

from tests import people
from tests.backoffice.conftest import records
from tests.backoffice.test_uploads import TUS, begin, send
from tests.doors import staff_client
from torhaus.core import clock
from torhaus.core.storage import file_store
from torhaus.journeys import publish_requested as publishing
from torhaus.journeys.tasks import publish_requested
from torhaus.releases import uploads
from torhaus.releases.models import (
    AddOnRelease,
    PublishRequest,
    PublishState,
    Release,
    ReleaseFile,
    Upload,
)
from torhaus.releases.tasks import tidy_releases
from torhaus.work.jobs import rules_of

NEW, ADD_ON = "/staff/releases/new/", "/staff/releases/add-ons/new/"
CONTENT = b"PK installation " * 5000
SAID = {
    "step": "publish",
    "product": "acme",
    "version": "34.2",
    "channel": "stable",
    "published_at": "",
    "minimum_version": "33",
    "maximum_version": "",
    "notes_en": "# News\n- **fast**",
    "notes_de": "# Neues\n- größer",
}


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def manager(db):
    people.vendor()
    people.product()
    return staff_client(people.staff("release_manager"))


def uploaded(client, content=CONTENT, name="acme-34.2.zip"):
    url = begin(client, size=len(content), name=name, fingerprint=name)["Location"]
    assert send(client, url, 0, content).status_code == 204
    return url.split("/")[-2]


def work():
    """Do what the worker does with the jobs that are waiting."""
    for job in DBTaskResult.objects.filter(task_path=publish_requested.module_path, status="READY"):
        publish_requested.call(*job.args_kwargs["args"])
        job.delete()


def package(**changes):
    said = {
        "title": "Flows",
        "identifier": "flows",
        "version": "1.10",
        "author": "Acme",
        "description": "Flow <b>",
        "type": "addon",
        "requirements": {"core": ">= 33"},
        "dependencies": {"php": ["json"]},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("package.json", json.dumps(said | changes))
        file.writestr("src/a.php", "<?php")
    return out.getvalue()


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_an_uploaded_file_is_published_in_the_background(manager):
    ref = uploaded(manager)
    sbom = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": []}).encode()
    listed = uploaded(manager, sbom, "sbom.json")
    answer = manager.post(NEW, SAID | {"upload_installation": ref, "upload_sbom": listed})
    assert answer.status_code == 302, text(answer)
    assert "Waiting to be checked" in text(manager.get(answer.url))
    assert not Release.objects.exists(), "no page waits for gigabytes to be hashed"
    work()
    page = text(manager.get(answer.url))
    assert "Go to the version" in page
    release = Release.objects.get()
    assert (release.version, release.channel, release.minimum_version, release.security) == (
        "34.2",
        "stable",
        "33",
        False,
    )
    assert release.notes == {"en": SAID["notes_en"], "de": SAID["notes_de"]}
    file = ReleaseFile.objects.get(kind="installation")
    assert (file.name, file.key) == ("acme-34.2.zip", hashlib.sha256(CONTENT).hexdigest())
    assert file.signature
    with file_store().open(file.key) as stored:
        assert stored.read() == CONTENT
    assert ReleaseFile.objects.filter(kind="sbom").count() == 1
    assert not Upload.objects.exists()
    assert list(uploads.folder().iterdir()) == []
    [record] = records("publish_release")
    assert (record.actor_kind, record.actor_ref) == ("staff", manager_of(manager).ref)
    detail = manager.get(f"/staff/releases/{release.ref}/").content.decode()
    for said in ("acme-34.2.zip", file.key, "minisign", "<strong>fast</strong>", "größer", "Version published"):
        assert said in detail, said


def manager_of(client):
    return PublishRequest.objects.get().by


def test_without_a_script_the_form_sends_the_files(manager):
    files = {
        "file_installation": SimpleUploadedFile("a b.zip", CONTENT),
        "file_update": SimpleUploadedFile("u.zip", b"x"),
    }
    answer = manager.post(NEW, SAID | files)
    assert answer.status_code == 302, text(answer)
    work()
    assert sorted(ReleaseFile.objects.values_list("kind", "name", "size")) == [
        ("installation", "a b.zip", len(CONTENT)), ("update", "u.zip", 1),
    ]  # fmt: skip


def test_what_is_wrong_is_said_at_its_place_and_nothing_typed_is_lost(manager):
    files = {"file_installation": SimpleUploadedFile("a.zip", CONTENT)}
    wrong = {
        "version": "newest",
        "channel": "alpha",
        "minimum_version": "35",
        "maximum_version": "34",
        "published_at": "soon",
    }
    answer = manager.post(NEW, SAID | wrong | files)
    assert answer.status_code == 422
    page = answer.content.decode()
    for name in ("version", "channel", "maximum_version", "published_at"):
        assert f'href="#id_{name}"' in page, name
        assert f'id="id_{name}_error"' in page, name
    assert 'value="newest"' in page
    assert "größer" in page
    [upload] = Upload.objects.all()
    assert f'name="upload_installation" value="{upload.ref}"' in page, "the file is kept, too"
    answer = manager.post(NEW, SAID | {"upload_installation": upload.ref})
    assert answer.status_code == 302
    none = manager.post(NEW, SAID)
    assert none.status_code == 422
    assert "Choose at least one file" in text(none)
    assert 'href="#id_file_installation"' in none.content.decode()
    long = manager.post(NEW, SAID | {"notes_en": "é" * 20_001, "upload_installation": upload.ref})
    assert long.status_code == 422
    assert "é" * 20_001 in long.content.decode()


def test_a_file_that_is_used_incomplete_or_anothers_is_no_file(manager):
    other = staff_client(people.staff("administrator"))
    theirs = uploaded(other)
    half = begin(manager, size=1000, name="half.zip")["Location"].split("/")[-2]
    for ref, said in ((theirs, "no longer there"), (half, "not uploaded completely"), ("x" * 12, "no longer there")):
        answer = manager.post(NEW, SAID | {"upload_installation": ref})
        assert answer.status_code == 422
        assert said in text(answer)
    mine = uploaded(manager)
    assert manager.post(NEW, SAID | {"upload_installation": mine}).status_code == 302
    again = manager.post(NEW, SAID | {"upload_installation": mine})
    assert again.status_code == 422
    assert "being published already" in text(again)
    assert PublishRequest.objects.count() == 1, "the same form sent twice publishes once"
    ended = manager.delete(f"/staff/releases/uploads/{mine}/", headers=TUS)
    assert ended.status_code == 403
    manager.post(f"/staff/releases/uploads/{mine}/end/")
    assert Upload.objects.filter(ref=mine).exists()


@pytest.mark.parametrize("field", ["file_nonsense", "other", "file_"])
def test_R31_a_field_that_takes_no_file_keeps_nothing(manager, field):
    answer = manager.post(NEW, SAID | {field: SimpleUploadedFile("a.zip", CONTENT)})
    assert answer.status_code == 422
    assert not Upload.objects.exists()
    assert not uploads.folder().exists() or list(uploads.folder().iterdir()) == []


def test_R31_too_large_empty_and_too_many_files_of_the_form_are_refused_and_the_rest_is_kept(manager, monkeypatch):
    monkeypatch.setattr(uploads, "largest", lambda: 70_000)
    files = {"file_installation": SimpleUploadedFile("a.zip", CONTENT), "file_update": SimpleUploadedFile("e.zip", b"")}
    answer = manager.post(NEW, SAID | files)
    assert answer.status_code == 422
    assert "This file is too large" in text(answer)
    assert "größer" in answer.content.decode()
    assert not Upload.objects.exists()
    assert list(uploads.folder().iterdir()) == []
    for number in range(uploads.OPEN_AT_MOST):
        begin(manager, name=f"{number}.zip", size=5)
    answer = manager.post(NEW, SAID | {"file_installation": SimpleUploadedFile("a.zip", b"x")})
    assert "too many unfinished uploads" in text(answer)


def test_R31_whoever_may_not_publish_leaves_no_byte(manager, monkeypatch):
    written = []
    monkeypatch.setattr("torhaus.backoffice.releases.receiving.tempfile.mkstemp", lambda **_: written.append(1))
    files = {"file_installation": SimpleUploadedFile("a.zip", CONTENT)}
    for client, status in ((Client(), 302), (staff_client(people.staff("support")), 403)):
        assert client.post(NEW, SAID | files).status_code == status
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = manager.cookies
    assert strict.post(NEW, SAID | files, headers={"origin": "https://evil.example"}).status_code == 403
    assert written == []


def test_notes_are_shown_as_customers_see_them_before_anything_is_published(manager):
    answer = manager.post(NEW, SAID | {"step": "preview", "version": "", "notes_en": "**bold** <script>x</script>"})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "<strong>bold</strong> &lt;script&gt;" in page
    assert "<script>x" not in page
    assert 'id="errors"' not in page, "nobody is scolded for a form that is not finished"
    assert not PublishRequest.objects.exists()


def test_a_time_ahead_is_the_vendors_and_customers_wait_for_it(manager):
    ref = uploaded(manager)
    manager.post(NEW, SAID | {"upload_installation": ref, "published_at": "2099-07-01T09:30"})
    work()
    release = Release.objects.get()
    assert release.published_at.isoformat() == "2099-07-01T07:30:00+00:00"
    assert "Published later" in text(manager.get("/staff/releases/"))


def test_a_refusal_publishes_nothing_names_the_reason_and_keeps_form_and_files(manager):
    first = uploaded(manager)
    manager.post(NEW, SAID | {"upload_installation": first})
    work()
    second = uploaded(manager, b"other content")
    answer = manager.post(NEW, SAID | {"upload_installation": second, "notes_en": "second try"})
    work()
    page = manager.get(answer.url)
    assert "Nothing was published" in text(page)
    assert "acme-34.2.zip is there already with other content" in text(page)
    assert Release.objects.count() == ReleaseFile.objects.count() == 1
    assert "Refused" in text(manager.get("/staff/releases/"))
    again = re.search(r'href="(/staff/releases/new/\?again=\w+)"', page.content.decode())[1]
    form = manager.get(again).content.decode()
    assert "second try" in form
    assert f'name="upload_installation" value="{second}"' in form
    answer = manager.post(again, SAID | {"version": "34.3", "upload_installation": second})
    assert answer.status_code == 302
    work()
    assert Release.objects.filter(version="34.3").exists()
    other = staff_client(people.staff("administrator"))
    assert "second try" not in other.get(again).content.decode()


def test_a_kill_after_the_deed_ends_in_one_version(manager, monkeypatch):
    ref = uploaded(manager)
    manager.post(NEW, SAID | {"upload_installation": ref})
    noted = publishing._note

    def killed(request, **values):
        if values["state"] == PublishState.PUBLISHED:
            raise KeyboardInterrupt
        noted(request, **values)

    monkeypatch.setattr(publishing, "_note", killed)
    asked = PublishRequest.objects.get()
    with pytest.raises(KeyboardInterrupt):
        publishing.publish_requested(asked.pk)
    assert Release.objects.count() == 1
    monkeypatch.setattr(publishing, "_note", noted)
    publishing.publish_requested(asked.pk)
    asked.refresh_from_db()
    assert asked.state == PublishState.PUBLISHED
    assert asked.release == Release.objects.get()
    assert ReleaseFile.objects.count() == len(records("publish_release")) == 1
    publishing.publish_requested(asked.pk)
    assert not Upload.objects.exists()


def test_files_of_a_request_that_waits_are_not_tidied_away(manager):
    ref = uploaded(manager)
    manager.post(NEW, SAID | {"upload_installation": ref})
    with clock.shifted(timedelta(days=5)):
        tidy_releases.call()
    assert Upload.objects.filter(ref=ref).exists()
    uploads.path_of(Upload.objects.get()).unlink()
    work()
    asked = PublishRequest.objects.get()
    assert (asked.state, asked.reason) == (PublishState.REFUSED, "files_gone")
    assert "no longer on the server" in text(manager.get(f"/staff/releases/requests/{asked.ref}/"))


def test_a_job_that_gives_up_ends_in_a_refusal(manager):
    ref = uploaded(manager)
    manager.post(NEW, SAID | {"upload_installation": ref})
    asked = PublishRequest.objects.get()
    rules_of(publish_requested.module_path).on_dead(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.reason) == (PublishState.REFUSED, "gave_up")
    assert "could not finish" in text(manager.get(f"/staff/releases/requests/{asked.ref}/"))
    assert Upload.objects.get().request is None
    work()
    assert not Release.objects.exists(), "a job that comes late finds it ended"


def test_an_add_on_is_shown_before_it_is_published(manager):
    people.item("flows", "add_on", name={"en": "Flows"})
    ref = uploaded(manager, package(), "flows.zip")
    looked = manager.post(ADD_ON, {"step": "look", "upload_add-on": ref})
    assert looked.status_code == 200, text(looked)
    shown = text(looked)
    for said in ("Flows", "flows", "1.10", "Acme", "Flow &lt;b&gt;", "addon", "&gt;= 33", "json"):
        assert said in shown, said
    assert not PublishRequest.objects.exists()
    said = {"step": "publish", "channel": "stable", "notes_en": "new", "upload_add-on": ref}
    preview = manager.post(ADD_ON, said | {"step": "preview"})
    assert "The notes as customers see them" in text(preview)
    answer = manager.post(ADD_ON, said)
    assert answer.status_code == 302, text(answer)
    work()
    release = AddOnRelease.objects.get()
    assert (release.version, release.add_on.key, release.minimum_version) == ("1.10", "flows", "33")
    assert "flows.zip" in text(manager.get(f"/staff/releases/{release.ref}/"))
    assert "Flows 1.10" in text(manager.get("/staff/releases/?q=flow"))


def test_B65_an_add_on_that_is_none_is_refused_with_the_reason(manager):
    people.item("flows", "add_on")
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    for content, said in (
        (b"no zip", "bad.zip is no ZIP archive"),
        (empty.getvalue(), "no package.json"),
        (package(version="new"), "new is no version"),
    ):
        ref = uploaded(manager, content, "bad.zip")
        answer = manager.post(ADD_ON, {"step": "look", "upload_add-on": ref})
        assert answer.status_code == 422
        assert said in text(answer)
    ref = uploaded(manager, package(identifier="unknown"), "u.zip")
    asked = manager.post(ADD_ON, {"step": "publish", "channel": "stable", "upload_add-on": ref})
    work()
    assert "The catalogue has no add-on unknown" in text(manager.get(asked.url))
    chosen = manager.post(ADD_ON, {"step": "publish", "channel": "stable", "upload_add-on": ref, "add_on": "flows"})
    work()
    assert "Go to the version" in text(manager.get(chosen.url))
    assert AddOnRelease.objects.count() == 1
    assert manager.post(ADD_ON, {"step": "look"}).status_code == 422


def test_strangers_find_no_requests(manager):
    assert manager.get("/staff/releases/requests/" + "x" * 12 + "/").status_code == 404
    assert manager.get("/staff/releases/" + "x" * 12 + "/").status_code == 404
    assert manager.get("/staff/releases/é/").status_code == 404
