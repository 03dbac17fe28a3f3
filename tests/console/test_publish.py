"""``torhaus publish`` and ``torhaus publish-addon``: files of this machine become versions, or nothing does."""

import json
import os
import shutil
import subprocess
import time

import pytest

from tests.releases.packages import archive, manifest
from tests.servers import installation

pytestmark = pytest.mark.servers
STORED = """
from torhaus.releases.models import AddOnRelease, Release, ReleaseFile
for r in [*Release.objects.order_by("pk"), *AddOnRelease.objects.order_by("pk")]:
    print("release", r.version, r.channel, r.security, r.minimum_version, r.maximum_version, sorted(r.notes))
for f in ReleaseFile.objects.order_by("pk"):
    print("file", f.kind, f.name, f.size)
"""


@pytest.fixture
def here():
    with installation() as made:
        made.python("people.vendor(); people.product('acme-cmdb'); people.add_on('floorplan', product=None)")
        made.files = made.data_dir / "packages"
        made.files.mkdir()
        yield made


@pytest.fixture(scope="module")
def refusing():
    """An installation in which nothing was published when all is over."""
    with installation() as made:
        made.python("people.vendor(); people.product('acme-cmdb')")
        made.files = made.data_dir / "packages"
        made.files.mkdir()
        yield made
        assert stored(made) == []


def built(here, name: str, content: bytes | str) -> str:
    path = here.files / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def stored(here) -> list[str]:
    return here.python(STORED).splitlines()


def publish(here, *words, check=True, version="34.2"):
    return here.torhaus("publish", "--product", "acme-cmdb", "--version", version, *words, check=check)


def test_all_kinds_notes_and_what_it_needs_in_one_command(here):
    sbom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": []}
    done = publish(
        here,
        f"installation={built(here, 'full.zip', b'PK-full')}",
        f"update={built(here, 'update.zip', b'PK-update')}",
        f"windows-installer={built(here, 'setup.exe', b'MZ')}",
        f"virtual-appliance={built(here, 'box.ova', b'ova')}",
        *("--notes", f"de={built(here, 'notes.txt', '# Neu')}", "--notes", built(here, "notes.en.md", "# New")),
        *("--channel", "rc", "--security", "--min-version", "33.0", "--max-version", "34.1"),
        *("--sbom", built(here, "sbom.json", json.dumps(sbom))),
    )  # fmt: skip
    assert "acme-cmdb 34.2: published, channel rc" in done.stdout
    assert "sha256" in done.stdout
    assert stored(here) == [
        "release 34.2 rc True 33.0 34.1 ['de', 'en']",
        "file installation full.zip 7",
        "file update update.zip 9",
        "file windows-installer setup.exe 2",
        "file virtual-appliance box.ova 3",
        f"file sbom sbom.json {len(json.dumps(sbom))}",
    ]
    assert here.torhaus("init", "--staff-mail", "a@acme.example", "--yes").returncode == 0
    told = publish(here, f"update={here.files / 'update.zip'}").stdout
    assert told == "acme-cmdb 34.2: everything is there already.\n"


def test_kinds_and_files_in_turn_and_json(here):
    one, two = built(here, "a.zip", b"a"), built(here, "b.zip", b"b")
    done = json.loads(publish(here, "--kind", "installation", one, "--kind", "update", two, "--json").stdout)
    assert done["new"]
    assert [(file["kind"], file["name"]) for file in done["files"]] == [("installation", "a.zip"), ("update", "b.zip")]
    three = built(here, "c.tar.gz", b"c")
    done = json.loads(publish(here, "--kind", "installation", three, one, "--json").stdout)
    assert [file["name"] for file in done["files"]] == ["c.tar.gz"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--kind", "installer", "FILE"], 2, "is none of installation, update"),
        (["--kind", "update"], 2, "no file of it"),
        (["FILE"], 2, "say which is what"),
        (["--kind", "update", "--kind", "update", "FILE"], 2, "say which is what"),
        (["update=FILE", "--channel", "gold"], 2, "is none of stable, rc, beta"),
        (["update=FILE", "--publish-at", "tomorrow"], 2, "is no time such as"),
        (["update=FILE", "--notes", "FILE.missing"], 2, "cannot be read as UTF-8 text"),
        (["update=FILE", "--min-version", "35", "--max-version", "34"], 1, "Exchange the two"),
        (["update=FILE.missing"], 1, "cannot be read"),
        (["update=EMPTY"], 1, "is empty"),
        (["update=FILE", "--sbom", "BROKEN"], 1, "is no CycloneDX JSON"),
        ([], 1, "Name at least one"),
    ],
)  # fmt: skip
def test_what_cannot_be_ends_with_a_sentence(refusing, words, code, told):
    file, empty = built(refusing, "a.zip", b"a"), built(refusing, "empty.zip", b"")
    broken = built(refusing, "sbom.json", b"{")
    words = [word.replace("FILE", file).replace("EMPTY", empty).replace("BROKEN", broken) for word in words]
    done = publish(refusing, *words, check=False)
    assert done.returncode == code, done.stderr
    assert told in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_unknown_products_and_versions_are_named(here):
    file = built(here, "a.zip", b"a")
    done = here.torhaus("publish", "--product", "other", "--version", "1", f"update={file}", check=False)
    assert (done.returncode, "the catalogue has: " in done.stderr) == (1, True)
    done = publish(here, f"update={file}", version="new", check=False)
    assert (done.returncode, "is no version" in done.stderr) == (1, True)
    publish(here, f"update={file}")
    built(here, "a.zip", b"other")
    done = publish(here, f"update={file}", check=False)
    assert done.returncode == 1
    assert "there already with other content" in done.stderr


def test_without_a_vendor_it_says_what_to_do():
    with installation(database="sqlite") as bare:
        (bare.data_dir / "a.zip").write_bytes(b"a")
        words = ("publish", "--product", "x", "--version", "1", f"update={bare.data_dir / 'a.zip'}")
        done = bare.torhaus(*words, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith("torhaus: ")


def test_B65_an_add_on_from_its_zip(here):
    done = here.torhaus("publish-addon", built(here, "floorplan-1.4.zip", archive()), "--channel", "beta")
    assert "published, channel beta" in done.stdout
    assert stored(here)[0] == "release 1.4 beta False 33.0  []"
    bad = built(here, "bad.zip", archive(("a", b"x"), package=None))
    done = here.torhaus("publish-addon", bad, check=False)
    assert (done.returncode, done.stderr) == (
        1, "torhaus: The archive has no package.json at its top. An add-on needs one.\n",
    )  # fmt: skip
    other = built(here, "maps.zip", archive(package=manifest(identifier="maps")))
    assert "has no add-on maps" in here.torhaus("publish-addon", other, check=False).stderr
    assert here.torhaus("publish-addon", other, "--add-on", "floorplan", check=False).returncode == 1
    assert len(stored(here)) == 2


@pytest.mark.skipif(not shutil.which("minisign"), reason="no minisign found (Debian: apt install minisign)")
def test_what_was_published_is_verified_by_minisign_with_the_public_key(here):
    file = built(here, "full 34.2.zip", os.urandom(100_000))
    publish(here, f"installation={file}")
    code = (
        "from torhaus.releases.minisign import release_public_keys\nfrom torhaus.releases.models import ReleaseFile\n"
        "import json\nprint(json.dumps([ReleaseFile.objects.get().signature, release_public_keys()[0].text]))"
    )
    signature, key = json.loads(here.python(code))
    (here.files / "full 34.2.zip.minisig").write_text(signature)
    done = subprocess.run(["minisign", "-V", "-P", key, "-m", file], capture_output=True, text=True, check=True)
    assert "version:acme-cmdb 34.2" in done.stdout


@pytest.mark.slow
def test_a_process_killed_in_the_middle_leaves_no_version_and_no_file(here):
    """Killed while it stores, at several moments; what it left in the spool is cleared by the daily job."""
    big = here.files / "big.zip"
    with big.open("wb") as out:
        for _ in range(600):
            out.write(os.urandom(1024 * 1024))
    words = ("publish", "--product", "acme-cmdb", "--version", "34.2", "--kind", "installation", str(big))
    spool, killed = here.data_dir / "files", 0
    for pause in (0.0, 0.1, 0.25, 0.5):
        process = here.start(*words, log="publish.txt")
        end = time.monotonic() + 60
        while not list(spool.glob(".incoming-*")) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(pause)
        process.kill()
        if process.wait() != 0:
            killed += 1
            assert stored(here) == []
            assert [p for p in spool.rglob("*") if p.is_file() and not p.name.startswith(".incoming-")] == []
    assert killed >= 2
    assert list(spool.glob(".incoming-*"))
    here.python("from torhaus.core.storage import file_store; print(file_store().clear_leftovers(older_than=-1))")
    assert list(spool.glob(".incoming-*")) == []
    assert here.torhaus(*words).returncode == 0
    assert stored(here)[0].startswith("release 34.2")
