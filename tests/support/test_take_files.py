"""Files that come with a message: what is taken, what is refused and why, and what the virus check says (R31)."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django_scopes import scopes_disabled

from tests import people, processes
from tests.support.files import EICAR, GOOD, scanner, zipped
from torhaus.records.models import Record
from torhaus.support.adapters.scanning import Verdict, scan
from torhaus.support.attachments import FilesRefused, Offered, Why, take_files
from torhaus.support.file_kinds import clean_name

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    people.vendor()
    return people.contract(people.customer())


@pytest.fixture
def options(settings):
    def change(**fields):
        settings.OPTIONS = replace(settings.OPTIONS, **fields)

    return change


def offered(folder: Path, **files: bytes) -> list[Offered]:
    found = []
    for n, (name, content) in enumerate(files.items()):
        path = folder / f"upload-{n}"
        path.write_bytes(content)
        found.append(Offered(name, path))
    return found


def refusals(contract, given: list[Offered]) -> list[tuple[str, Why]]:
    with pytest.raises(FilesRefused) as refused:
        take_files(given, contract=contract, by=people.SYSTEM)
    return [(one.name, one.why) for one in refused.value.refusals]


def stored(settings) -> list[Path]:
    return [path for path in (settings.DATA_DIR / "files").rglob("*") if path.is_file()]


def test_R31_every_allowed_kind_is_taken(contract, tmp_path, settings):
    taken = []
    for name, content in GOOD.items():
        taken += take_files(offered(tmp_path, **{name: content}), contract=contract, by=people.SYSTEM)
    assert [one.name for one in taken] == list(GOOD)
    assert [one.size for one in taken] == [len(content) for content in GOOD.values()]
    assert len(stored(settings)) == len(GOOD)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("run.exe", b"MZ\x90\x00", Why.KIND),
        ("page.html", b"<script>alert(1)</script>", Why.KIND),
        ("drawing.svg", b"<svg onload='alert(1)'/>", Why.KIND),
        ("README", b"text", Why.KIND),
        ("macro.docm", zipped(), Why.KIND),
        ("notes.txt", b"", Why.EMPTY),
        ("notes.txt", b"MZ\x90\x00\x03", Why.CONTENT),
        ("notes.txt", b"a" * 70_000 + b"\x00", Why.CONTENT),
        ("server.log", b"\xff\xfe\x00\xd8", Why.CONTENT),
        ("photo.png", b"<svg/>", Why.CONTENT),
        ("photo.png", b"\x89PN", Why.CONTENT),
        ("photo.webp", b"RIFF\x00\x00\x00\x00WAVE", Why.CONTENT),
        ("report.pdf", b"x" * 2000 + b"%PDF-1.7", Why.CONTENT),
        ("all.zip", b"Rar!\x1a\x07", Why.CONTENT),
        ("a.gz", zipped(), Why.CONTENT),
        ("large.txt", b"x" * (1024 * 1024 + 1), Why.TOO_LARGE),
    ],
)
def test_R31_what_is_mistyped_empty_or_too_large_is_refused(contract, tmp_path, settings, options, name, content, why):
    options(attachment_max_mib=1)
    good = {"ok.txt": b"fine"}
    assert refusals(contract, offered(tmp_path, **good, **{name: content})) == [(name, why)]
    assert stored(settings) == []


def test_R31_files_are_bounded_in_number_and_together(contract, tmp_path, settings, options):
    options(attachment_max_mib=1)
    whole = b"x" * 1024 * 1024
    assert refusals(contract, offered(tmp_path, **{f"{n}.txt": b"x" for n in range(7)})) == [
        ("5.txt", Why.TOO_MANY),
        ("6.txt", Why.TOO_MANY),
    ]
    assert (
        len(take_files(offered(tmp_path, **{f"{n}.txt": whole for n in range(3)}), contract=contract, by=people.SYSTEM))
        == 3
    )
    assert refusals(contract, offered(tmp_path, **{f"{n}.txt": whole for n in range(4)})) == [
        ("3.txt", Why.TOGETHER_TOO_LARGE)
    ]


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("Bildschirmfoto.png", "Bildschirmfoto.png"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Temp\\eva\\log.txt", "log.txt"),
        ("evil\u202egnp.exe.txt", "evil-gnp.exe.txt"),
        ("a\r\nSet-Cookie: x.txt", "a-Set-Cookie- x.txt"),
        ("  .htaccess", "htaccess"),
        ("x" * 300 + ".log", "x" * 116 + ".log"),
        ("\x00.txt", "txt"),
        ("a\x00b.txt", "a-b.txt"),
        ("e\u0301.txt", "é.txt"),
        ("...", "file"),
        ("", "file"),
        ('a"b<c>|d?.csv', "a-b-c-d-.csv"),
    ],
)
def test_R32_names_of_attachments_are_cleaned(given, clean):
    assert clean_name(given) == clean


def test_an_infected_file_is_refused_with_its_reason_and_recorded(contract, tmp_path, settings, options):
    options(scan_command=scanner(tmp_path))
    with pytest.raises(FilesRefused) as refused:
        take_files(offered(tmp_path, **{"ok.txt": b"fine", "bad.txt": EICAR}), contract=contract, by=people.SYSTEM)
    assert [(one.name, one.why, one.said) for one in refused.value.refusals] == [
        ("bad.txt", Why.INFECTED, "Eicar-Test-Signature FOUND")
    ]
    assert stored(settings) == []
    with scopes_disabled():
        record = Record.objects.get(deed="refuse_attachment")
    assert record.after == {"contract": "V-2026-001", "files": 1, "found": ["Eicar-Test-Signature FOUND"]}
    assert record.customer_ref == contract.customer.ref
    assert [one.value for one in record.personal.filter(field="files")] == ["bad.txt"]
    assert len(take_files(offered(tmp_path, **{"ok.txt": b"fine"}), contract=contract, by=people.SYSTEM)) == 1


@pytest.mark.parametrize("command", ["/nowhere/scan", "sh -c 'exit 2'", "sh -c 'kill -9 $$'", "'unclosed"])
def test_what_cannot_be_checked_is_not_taken(contract, tmp_path, settings, options, command):
    options(scan_command=command)
    assert refusals(contract, offered(tmp_path, **{"ok.txt": b"fine"})) == [("ok.txt", Why.NOT_CHECKED)]
    assert stored(settings) == []
    with scopes_disabled():
        assert not Record.objects.filter(deed="refuse_attachment").exists()


def test_the_scanner_is_run_without_a_shell_and_without_our_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("TORHAUS_SECRET_KEY", "geheim")
    path = tmp_path / "a; touch owned; $(touch owned)"
    path.write_bytes(b"x")
    script = tmp_path / "show.py"
    script.write_text("import os, sys; print(len(sys.argv), 'TORHAUS_SECRET_KEY' in os.environ); sys.exit(1)")
    assert scan(path, f"{sys.executable} {script}").said == "2 False"
    assert not list(tmp_path.glob("owned*"))


def test_a_scanner_that_takes_too_long_is_stopped_with_its_children(tmp_path):
    mark = tmp_path / "alive"
    path = tmp_path / "x"
    path.write_bytes(b"x")
    script = tmp_path / "slow.sh"
    script.write_text(f"(sleep 3; touch {mark}) & sleep 30\n")
    assert scan(path, f"sh {script}", seconds=0.5).verdict is Verdict.NOT_NOW
    with pytest.raises(AssertionError):
        processes.wait_for(mark.exists, timeout=3.5)
