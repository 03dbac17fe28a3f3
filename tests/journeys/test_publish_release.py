"""A version is published with its files or not at all; what is there already is left alone."""

import hashlib
import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django_scopes import scopes_disabled

from tests import people
from torhaus.core import clock
from torhaus.core.storage import file_store, is_there
from torhaus.journeys.publish_release import publish_release, store_and_publish
from torhaus.records.deeds import Actor
from torhaus.records.models import ActorKind, Record
from torhaus.releases.incoming import Incoming, NewFile
from torhaus.releases.minisign import verify
from torhaus.releases.models import Channel, FileKind, Release, ReleaseFile
from torhaus.releases.publishing import Said
from torhaus.releases.refusals import PublishRefused, Refusal
from torhaus.vendor.keys import trusted_keys
from torhaus.vendor.models import KeyPurpose, SigningKey

BY = Actor(ActorKind.CONSOLE, "test")
SBOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "components": [{"type": "library", "name": "libfoo", "version": "1.2", "bom-ref": "a"}],
}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    with clock.at(people.NOON), scopes_disabled():
        yield tmp_path


@pytest.fixture
def product(db):
    people.vendor()
    return people.product()


def file(folder, name="acme-34.2.zip", content=b"PK34.2", kind=FileKind.INSTALLATION, **more) -> Incoming:
    (folder / name).write_bytes(content)
    return Incoming(kind, folder / name, name, **more)


def publish(product, *files, version="34.2", **said):
    return store_and_publish(product=product, version=version, files=files, said=Said(**said), by=BY)


def refused(product, *files, **more) -> Refusal:
    rows, records = list(Release.objects.values()), Record.objects.count()
    files_before = list(ReleaseFile.objects.values())
    with pytest.raises(PublishRefused) as error:
        publish(product, *files, **more)
    assert rows == list(Release.objects.values()), "nothing is half done"
    assert files_before == list(ReleaseFile.objects.values())
    assert records == Record.objects.count()
    assert str(error.value)
    return error.value.reason


def stored_keys(folder) -> set[str]:
    return {path.name for path in (folder / "data" / "files").rglob("*") if path.is_file()}


def test_it_is_stored_signed_listed_and_recorded(product, folder):
    done = publish(product, file(folder), file(folder, "u.zip", b"update", FileKind.UPDATE), notes={"de": "# Neu"})
    release = Release.objects.get()
    assert done.new
    assert (release.version, release.channel, release.security) == ("34.2", "stable", False)
    assert (release.published_at, release.published_on) == (people.NOON, people.NOON.date())
    assert release.notes == {"de": "# Neu"}
    listed = ReleaseFile.objects.get(name="acme-34.2.zip")
    assert (listed.kind, listed.size, listed.key) == ("installation", 6, hashlib.sha256(b"PK34.2").hexdigest())
    with file_store().open(listed.key) as opened:
        assert opened.read() == b"PK34.2"
    comment = verify(listed.signature, hashlib.blake2b(b"PK34.2").digest(), trusted_keys(KeyPurpose.RELEASE))
    assert "file:acme-34.2.zip" in comment
    assert "version:acme 34.2" in comment
    assert f"timestamp:{int(people.NOON.timestamp())}" in comment
    record = Record.objects.get()
    assert (record.deed, record.subject_ref) == ("publish_release", release.ref)
    assert [one["name"] for one in record.after["files"]] == ["acme-34.2.zip", "u.zip"]
    assert record.after["signing_key"] == SigningKey.objects.get(purpose=KeyPurpose.RELEASE).kid, "the first makes one"


def test_further_files_are_added_and_the_same_twice_changes_nothing(product, folder):
    publish(product, file(folder))
    done = publish(product, file(folder), file(folder, "windows.exe", b"MZ", FileKind.WINDOWS_INSTALLER))
    assert not done.new
    assert [one.name for one in done.added] == ["windows.exe"]
    assert Record.objects.count() == 2
    assert publish(product, file(folder)).nothing
    assert Record.objects.count() == 2
    assert SigningKey.objects.filter(purpose=KeyPurpose.RELEASE).count() == 1


def test_what_is_said_later_changes_the_version_and_is_recorded(product, folder):
    publish(product, file(folder), notes={"de": "Neu"})
    done = publish(product, notes={"en": "New"}, security=True, minimum_version="33", channel=Channel.RC)
    release = Release.objects.get()
    assert (release.notes, release.security, release.minimum_version) == ({"de": "Neu", "en": "New"}, True, "33")
    assert set(done.changes) == {"notes", "security", "minimum_version", "channel"}
    record = Record.objects.latest("pk")
    assert (record.before["security"], record.after["security"]) == (False, True)
    assert publish(product, security=True).nothing


def test_another_content_under_a_known_name_is_refused(product, folder):
    publish(product, file(folder))
    kept = stored_keys(folder)
    assert refused(product, file(folder, content=b"other content")) == Refusal.OTHER_CONTENT
    assert refused(product, file(folder, content=b"PK34.3")) == Refusal.OTHER_CONTENT, "also of the same length"
    assert stored_keys(folder) == kept, "nor is it stored"


def test_the_deed_itself_refuses_what_came_in_between(product, folder):
    publish(product, file(folder))
    other = NewFile(FileKind.INSTALLATION, "acme-34.2.zip", file_store().put([b"other"]))
    with pytest.raises(PublishRefused, match="already with other content"):
        publish_release(product=product, version="34.2", said=Said(), files=[other], by=BY)
    assert ReleaseFile.objects.count() == 1


@pytest.mark.parametrize(
    "version", ["", "neu", "34 2", "34/2", "../34", "34.2\n", "34\x00", "é34", "3" * 41, "-1", "34.2<b>"]
)
def test_nonsense_versions_are_refused(product, folder, version):
    assert refused(product, file(folder), version=version) == Refusal.VERSION


def test_one_version_has_one_spelling(product, folder):
    publish(product, file(folder), version="34.0")
    assert refused(product, file(folder, "b.zip"), version="34") == Refusal.SAME_VERSION
    assert refused(product, file(folder, "b.zip"), version="v34.0") == Refusal.SAME_VERSION
    assert publish(product, file(folder, "b.zip"), version="34.0-rc1").new


@pytest.mark.parametrize(
    "name",
    [
        "../a.zip",
        "a/b.zip",
        "a\x00.zip",
        "a\nb.zip",
        "CON:",
        "a\u202epiz.exe",
        ".htaccess",
        "x" * 181,
        " a.zip",
        "a?.zip",
    ],
)
def test_names_nobody_should_download_are_refused(product, folder, name):
    (folder / "a.zip").write_bytes(b"x")
    assert refused(product, Incoming(FileKind.UPDATE, folder / "a.zip", name)) == Refusal.NAME


def test_what_cannot_be_read_is_refused(product, folder):
    assert refused(product) == Refusal.NO_FILES
    assert refused(product, file(folder, content=b"")) == Refusal.EMPTY
    assert refused(product, Incoming(FileKind.UPDATE, folder / "gone.zip", "gone.zip")) == Refusal.UNREADABLE
    assert refused(product, Incoming(FileKind.UPDATE, folder, "folder.zip")) == Refusal.UNREADABLE
    assert refused(product, file(folder), file(folder)) == Refusal.TWICE
    assert refused(product, file(folder, kind=FileKind.ADD_ON)) == Refusal.KIND
    assert stored_keys(folder) == set()


def test_a_store_that_refuses_publishes_nothing(product, folder):
    (folder / "data").mkdir()
    (folder / "data" / "files").write_text("no folder")
    assert refused(product, file(folder)) == Refusal.STORE


def test_a_range_that_holds_no_version_is_refused(product, folder):
    assert refused(product, file(folder), minimum_version="34", maximum_version="33") == Refusal.RANGE
    assert refused(product, file(folder), minimum_version="neu") == Refusal.VERSION
    assert publish(product, file(folder), minimum_version="1.19", maximum_version="33").new


def test_what_was_withdrawn_stays_so(product, folder):
    publish(product, file(folder))
    Release.objects.update(withdrawn_at=people.NOON)
    assert refused(product, file(folder, "b.zip")) == Refusal.WITHDRAWN


def test_a_time_to_come_can_be_moved_and_one_that_was_cannot(product, folder):
    later = people.NOON + timedelta(days=3, hours=11)
    publish(product, file(folder), publish_at=later)
    release = Release.objects.get()
    assert release.published_at == later
    assert release.published_on == people.NOON.date() + timedelta(days=3), "the day is that of the vendor"
    publish(product, publish_at=later + timedelta(days=1))
    with clock.at(later + timedelta(days=2)):
        assert refused(product, publish_at=later + timedelta(days=9)) == Refusal.PUBLISHED_ALREADY


def test_an_upload_stays_where_it_is_until_all_is_done(product, folder):
    upload = file(folder, ours=True)
    publish(product, upload)
    assert upload.path.read_bytes() == b"PK34.2"
    assert publish(product, upload).nothing


# SBOM


def test_a_list_of_components_is_stored_as_what_it_is(product, folder):
    listed = file(folder, "sbom.json", json.dumps(SBOM).encode(), FileKind.SBOM)
    publish(product, file(folder), listed)
    assert ReleaseFile.objects.get(kind="sbom").signature


@pytest.mark.parametrize(
    "wrong",
    [
        b"{",
        b"[]",
        b"\xff{}",
        {"bomFormat": "SPDX"},
        {"specVersion": "9.9"},
        {"specVersion": 1.6},
        {"version": 0},
        {"version": "1"},
        {"serialNumber": "123"},
        {"metadata": []},
        {"metadata": {"component": {"type": "library"}}},
        {"components": None},
        {"components": {}},
        {"components": ["libfoo"]},
        {"components": [{"name": "libfoo"}]},
        {"components": [{"type": "lib", "name": "libfoo"}]},
        {"components": [{"type": "library", "name": ""}]},
        {"components": [{"type": "library", "name": "a", "purl": 1}]},
        {
            "components": [
                {"type": "library", "name": "a", "bom-ref": "x"},
                {"type": "file", "name": "b", "bom-ref": "x"},
            ]
        },
        {"components": [{"type": "library", "name": "a", "components": [{"type": "library"}]}]},
    ],
)
def test_what_is_no_list_of_components_is_refused(product, folder, wrong):
    content = wrong if isinstance(wrong, bytes) else json.dumps(SBOM | wrong).encode()
    assert refused(product, file(folder), file(folder, "sbom.json", content, FileKind.SBOM)) == Refusal.SBOM
    assert stored_keys(folder) == set()


# At once


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one_version_with_both_files(folder):
    people.vendor()
    product = people.product()
    files = [file(folder, f"{number}.zip", b"x%d" % number) for number in range(4)]
    barrier, failures = threading.Barrier(4), []

    def run(one):
        try:
            barrier.wait()
            publish(product, one)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[one]) for one in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Release.objects.count() == 1
    assert ReleaseFile.objects.count() == 4
    assert Record.objects.filter(deed="publish_release").count() == 4
    assert connection.vendor != "sqlite" or SigningKey.objects.count() == 1
    assert all(is_there(file_store(), one.key) for one in ReleaseFile.objects.all())
