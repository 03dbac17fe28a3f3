"""An add-on is published as its ZIP says; a ZIP that nobody should unpack leaves nothing behind (B65, B66)."""

import json

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.journeys.test_publish_release import SBOM, stored_keys
from tests.releases.packages import archive, entry, manifest
from torhaus.core import clock
from torhaus.journeys.publish_add_on import store_and_publish_add_on
from torhaus.records.deeds import Actor
from torhaus.records.models import ActorKind, Record
from torhaus.releases.incoming import Incoming
from torhaus.releases.models import AddOnRelease, FileKind, ReleaseFile
from torhaus.releases.publishing import Said
from torhaus.releases.refusals import PublishRefused, Refusal

BY = Actor(ActorKind.CONSOLE, "test")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, db):
    settings.DATA_DIR = tmp_path / "data"
    people.vendor()
    people.add_on("floorplan")
    with clock.at(people.NOON), scopes_disabled():
        yield tmp_path


def publish(folder, content=b"", *, name="floorplan-1.4.zip", key="", sbom=None, **said):
    (folder / name).write_bytes(content or archive())
    listed = None
    if sbom is not None:
        (folder / "sbom.json").write_text(json.dumps(sbom))
        listed = Incoming(FileKind.SBOM, folder / "sbom.json", "sbom.json")
    return store_and_publish_add_on(
        archive=Incoming(FileKind.ADD_ON, folder / name, name), sbom=listed, key=key, said=Said(**said), by=BY
    )


def reason(folder, *arguments, **named) -> Refusal:
    kept, rows = stored_keys(folder), list(AddOnRelease.objects.values())
    with pytest.raises(PublishRefused) as refused:
        publish(folder, *arguments, **named)
    assert stored_keys(folder) == kept, "nothing is stored"
    assert list(AddOnRelease.objects.values()) == rows
    return refused.value.reason


def test_B65_B66_what_the_package_says_is_kept(folder):
    done = publish(folder, sbom=SBOM, notes={"en": "New"})
    release = AddOnRelease.objects.get()
    assert done.new
    assert (release.add_on.key, release.version, release.minimum_version) == ("floorplan", "1.4", "33.0")
    assert release.manifest["title"] == "Floorplan"
    assert release.manifest["requirements"] == {"core": ">= 33.0"}
    assert sorted(ReleaseFile.objects.values_list("kind", "name")) == [
        ("add-on", "floorplan-1.4.zip"),
        ("sbom", "sbom.json"),
    ]
    assert all(file.signature for file in ReleaseFile.objects.all())
    record = Record.objects.get()
    assert (record.deed, record.after["add_on"], record.after["version"]) == ("publish_add_on", "floorplan", "1.4")


def test_B66_a_bound_that_is_not_itself_allowed_stays_in_the_manifest(folder):
    publish(folder, archive(package=manifest(requirements={"core": ">= 33, < 35"})))
    release = AddOnRelease.objects.get()
    assert (release.minimum_version, release.maximum_version) == ("33", "")
    assert release.manifest["requirements"]["core"] == ">= 33, < 35"


def test_B65_without_package_json_nothing_is_stored(folder):
    assert reason(folder, archive(("a", b"x"), package=None)) == Refusal.NO_PACKAGE_JSON
    assert reason(folder, b"no zip") == Refusal.NO_ZIP
    assert reason(folder, archive(("../evil", b"x"))) == Refusal.PATH
    assert reason(folder, archive((entry("link", mode=0o120777), b"/etc/passwd"))) == Refusal.SYMLINK
    assert stored_keys(folder) == set()


def test_the_same_again_changes_nothing_and_another_content_is_refused(folder):
    publish(folder)
    assert publish(folder).nothing
    other = archive(("more.txt", b"x"))
    assert reason(folder, other) == Refusal.OTHER_CONTENT
    assert reason(folder, other, name="floorplan.zip") == Refusal.OTHER_CONTENT, "nor a second package by another name"
    assert publish(folder, archive(package=manifest(version="1.5")), name="floorplan-1.5.zip").new


def test_an_add_on_the_catalogue_calls_otherwise_is_named(folder):
    people.add_on("maps", product=None)
    assert reason(folder, archive(package=manifest(identifier="unknown"))) == Refusal.UNKNOWN_ADD_ON
    assert reason(folder, key="medium") == Refusal.UNKNOWN_ADD_ON
    assert publish(folder, key="maps").release.add_on.key == "maps"
    other = archive(package=manifest(identifier="another", version="2"))
    assert reason(folder, other, key="maps") == Refusal.OTHER_ADD_ON


def test_an_identifier_may_be_written_as_programs_do(folder):
    people.add_on("floor-plan", product=None)
    assert publish(folder, archive(package=manifest(identifier="Floor_Plan"))).release.add_on.key == "floor-plan"
