"""What the ZIP of an add-on may be, and what is refused with its reason (B65, B66, R31)."""

import contextlib
import io
import json
import stat
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.releases.packages import archive, entry, manifest, overlapping, with_long_list
from torhaus.releases.add_on_package import read_manifest, read_package
from torhaus.releases.refusals import TEXTS, PublishRefused, Refusal, refusal_text
from torhaus.releases.rules import Requirement


def read(tmp_path, content: bytes):
    path = tmp_path / "floorplan-1.4.zip"
    path.write_bytes(content)
    return read_package(path)


def reason(tmp_path, content: bytes) -> Refusal:
    with pytest.raises(PublishRefused) as refused:
        read(tmp_path, content)
    assert str(refused.value), "each has a sentence"
    return refused.value.reason


def test_B65_its_package_json_is_read(tmp_path):
    package = read(tmp_path, archive(("src/init.php", b"<?php"), ("src/", b""), ("Räume.txt", b"x")))
    assert (package.identifier, package.version) == ("floorplan", "1.4")
    assert package.manifest["title"] == "Floorplan"
    assert package.manifest["author"] == "Acme Software GmbH"
    assert package.manifest["dependencies"] == {"php": ["8.1"]}
    assert package.requires == Requirement("33.0", "")


def test_B65_without_one_at_the_top_it_is_refused(tmp_path):
    assert reason(tmp_path, archive(("a.txt", b"x"), package=None)) == Refusal.NO_PACKAGE_JSON
    assert reason(tmp_path, archive(("floorplan/package.json", manifest()), package=None)) == Refusal.NO_PACKAGE_JSON
    assert reason(tmp_path, archive(("Package.json", manifest()), package=None)) == Refusal.NO_PACKAGE_JSON
    assert reason(tmp_path, archive(package=None)) == Refusal.NO_PACKAGE_JSON


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", Refusal.PACKAGE_JSON),
        (b"[]", Refusal.PACKAGE_JSON),
        (b"null", Refusal.PACKAGE_JSON),
        (manifest().decode().encode("latin-1"), Refusal.PACKAGE_JSON),
        (manifest().decode().encode("utf-16"), Refusal.PACKAGE_JSON),
        (manifest()[:-1] + b', "title": "Another"}', Refusal.PACKAGE_JSON),
        (manifest(dependencies={"x": float("nan")}), Refusal.PACKAGE_JSON),
        (manifest(title="a\x00b"), Refusal.PACKAGE_JSON),
        (manifest()[:-1] + b', "x": "\\ud800"}', Refusal.PACKAGE_JSON),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, Refusal.PACKAGE_JSON),
        (b" " * 300_000 + manifest(), Refusal.PACKAGE_JSON),
        *(
            (manifest(**{name: None}), Refusal.MEMBER)
            for name in ("title", "identifier", "author", "description", "type")
        ),
        (manifest(version=None), Refusal.MEMBER),
        (manifest(version=1.4), Refusal.MEMBER),
        (manifest(version="neu"), Refusal.VERSION),
        (manifest(title="  "), Refusal.MEMBER),
        (manifest(title=["a"]), Refusal.MEMBER),
        (manifest(description="x" * 256), Refusal.MEMBER),
        (manifest(identifier="../x"), Refusal.MEMBER),
        (manifest(author="a\u202eb"), Refusal.MEMBER),
        (manifest(requirements=[]), None),
        (manifest(requirements="33"), Refusal.MEMBER),
        (manifest(requirements={"core": 33}), Refusal.MEMBER),
        (manifest(requirements={"core": "newest"}), Refusal.REQUIREMENT),
        (manifest(requirements={"core": ">= 34, <= 33"}), Refusal.REQUIREMENT),
        (manifest(dependencies="php"), Refusal.MEMBER),
        (manifest(description="x" * 255), None),
        (b"\xef\xbb\xbf" + manifest(), None),
        (manifest(requirements=None, dependencies=None), None),
    ],
)
def test_B65_a_broken_or_wrong_package_json_is_refused(tmp_path, content, why):
    if why is None:
        assert read(tmp_path, archive(package=content)).identifier == "floorplan"
    else:
        assert reason(tmp_path, archive(package=content)) == why


@pytest.mark.parametrize(
    ("core", "low", "high"),
    [
        (">= 1.11", "1.11", ""),
        ("1.11 - 2.0", "1.11", "2.0"),
        (">=1.11, <=33", "1.11", "33"),
        ("33", "33", ""),
        ("*", "", ""),
    ],
)
def test_B66_requirements_core_says_from_which_version_it_runs(core, low, high):
    requires = read_manifest(manifest(requirements={"core": core})).requires
    assert (requires.minimum, requires.maximum) == (low, high)


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 100, archive()[:-30], archive()[:60]])
def test_R31_what_is_no_zip_is_refused(tmp_path, content):
    assert reason(tmp_path, content) == Refusal.NO_ZIP


def test_R31_a_damaged_entry_is_refused(tmp_path):
    content = bytearray(archive())
    content[60] ^= 0xFF
    assert reason(tmp_path, bytes(content)) == Refusal.NO_ZIP


@pytest.mark.parametrize(
    "name",
    ["../evil.php", "a/../../evil", "/etc/passwd", "a//b", "C:/evil", "C:evil", "a\\..\\evil", "..\\evil", "./a", "a/.",
     "a\x00.php", "a\nb", "evil\u202etxt.php", " /a", "a./b", "..", "x" * 1001],
)  # fmt: skip
def test_R31_a_path_that_leads_elsewhere_is_refused(tmp_path, name):
    assert reason(tmp_path, archive((name, b"x"))) == Refusal.PATH


@pytest.mark.parametrize("name", [".htaccess", "a/.git/x", "a..b", "a/b.tar.gz", "ä/ß.txt", "leer zeichen.txt"])
def test_harmless_names_pass(tmp_path, name):
    assert read(tmp_path, archive((name, b"x"))).version == "1.4"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
@pytest.mark.parametrize("system", [0, 3, 19])
def test_R31_a_symlink_and_what_is_no_file_are_refused(tmp_path, kind, system):
    link = entry("link", mode=kind | 0o777, create_system=system)
    assert reason(tmp_path, archive((link, b"/etc/passwd"))) == Refusal.SYMLINK


@pytest.mark.parametrize(
    "names",
    [
        ("a", "a"),
        ("a", "A"),
        ("ä", "a\u0308"),
        ("straße", "STRASSE"),
        ("ﬁ", "fi"),
        ("a", "a/b"),
        ("a/B", "A/b/c"),
        ("a/", "a"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_R31_two_entries_of_one_name_are_refused(tmp_path, names):
    assert reason(tmp_path, archive(*((name, b"x") for name in names))) == Refusal.SAME_NAME


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_R31_two_package_json_are_refused(tmp_path):
    assert reason(tmp_path, archive(("package.json", manifest(version="9")))) == Refusal.SAME_NAME


def test_R31_a_name_that_differs_at_its_place_is_refused(tmp_path):
    content = archive(("harmless.txt", b"x"))
    assert reason(tmp_path, content.replace(b"harmless.txt", b"harmful!.php", 1)) == Refusal.SAME_NAME


def test_R31_an_encrypted_entry_is_refused(tmp_path):
    content = archive(("secret", b"x"))
    at = content.rindex(b"PK\x01\x02") + 8
    content = content[:at] + (1).to_bytes(2, "little") + content[at + 2 :]
    assert reason(tmp_path, content) == Refusal.ENCRYPTED


def test_R31_unusual_packing_is_refused(tmp_path):
    made = entry("a", compress_type=zipfile.ZIP_LZMA)
    assert reason(tmp_path, archive((made, b"x" * 1000))) == Refusal.METHOD


def test_R31_a_zip_bomb_is_refused_without_unpacking_it(tmp_path):
    bomb = archive(("zeros", bytes(64 * 1024 * 1024)))
    assert len(bomb) < 100_000
    tracemalloc.start()
    assert reason(tmp_path, bomb) == Refusal.BOMB
    assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    tracemalloc.stop()


def test_R31_a_list_of_entries_that_fills_the_memory_is_refused_unread(tmp_path):
    bomb = with_long_list(400_000)
    tracemalloc.start()
    assert reason(tmp_path, bomb) == Refusal.BOMB
    assert tracemalloc.get_traced_memory()[1] < 40 * 1024 * 1024
    tracemalloc.stop()
    assert reason(tmp_path, archive(("inner.zip", bomb), stored=True)) == Refusal.BOMB


def test_R31_bombs_in_bombs_and_over_each_other_are_refused(tmp_path):
    assert reason(tmp_path, overlapping()) == Refusal.BOMB
    inner = archive(("zeros", bytes(17 * 1024 * 1024)), package=None)
    assert reason(tmp_path, archive(("inner.zip", inner), stored=True)) == Refusal.BOMB
    deep = archive(
        (
            "c.zip",
            archive(
                (
                    "b.zip",
                    archive(
                        ("a.zip", archive()),
                    ),
                ),
            ),
        )
    )
    assert reason(tmp_path, archive(("d.zip", deep))) == Refusal.BOMB
    assert read(tmp_path, archive(("lib/inner.zip", archive()), ("called.zip", b"no zip"))).version == "1.4"


def test_R31_what_many_inner_archives_hold_counts_together(tmp_path, monkeypatch):
    monkeypatch.setattr("torhaus.releases.archive.MOST_BYTES", 40 * 1024 * 1024)
    inner = archive(("zeros", bytes(10 * 1024 * 1024)), package=None)
    assert read(tmp_path, archive(*((f"{n}.zip", inner) for n in range(3)))).version == "1.4"
    assert reason(tmp_path, archive(*((f"{n}.zip", inner) for n in range(5)))) == Refusal.BOMB


def test_R31_too_many_entries_are_refused(tmp_path):
    content = archive(*((f"f{n}", b"") for n in range(50_001)))
    assert reason(tmp_path, content) == Refusal.BOMB


def test_a_size_that_lies_is_not_believed(tmp_path):
    """The list says 10 bytes, the entry holds more: what is read stays within what was said."""
    content = bytearray(archive(package=manifest(), stored=True))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    assert reason(tmp_path, bytes(content)) in {Refusal.NO_ZIP, Refusal.BOMB, Refusal.PACKAGE_JSON}


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_bytes_give_a_package_or_a_reason(tmp_path_factory, noise, at):
    good = archive(("a/b.txt", b"text" * 20))
    path = tmp_path_factory.mktemp("fuzz") / "a.zip"
    path.write_bytes(good[:at] + noise + good[at + len(noise) :])
    with contextlib.suppress(PublishRefused):
        assert read_package(path).manifest["title"]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
                        ["title", "identifier", "version", "author", "description", "type", "requirements", "core",
                         "dependencies"]), inner, max_size=9), max_leaves=20))  # fmt: skip
def test_any_json_gives_a_manifest_or_a_reason(value):
    with contextlib.suppress(PublishRefused):
        assert read_manifest(json.dumps(value).encode()).version


def test_each_reason_has_its_sentence_and_shows_no_control_characters():
    assert set(TEXTS) == set(Refusal)
    assert "\x1b" not in str(PublishRefused(Refusal.PATH, "a\x1b[2J\u202e" + "b" * 999))
    assert len(PublishRefused(Refusal.PATH, "b" * 999).detail) == 300
    for code in Refusal:
        assert "%" not in refusal_text(code, "x")


def test_the_whole_is_read_from_the_archive_itself():
    assert zipfile.ZipFile(io.BytesIO(archive())).testzip() is None
