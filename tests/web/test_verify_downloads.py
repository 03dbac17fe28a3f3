"""How customers check what they fetched: the commands the page shows are run as they stand there."""

import hashlib
import html
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests import people
from tests.web.shelf import page, published, with_all_kinds
from tests.web.visitors import signed_in, words
from torhaus.core import clock
from torhaus.releases.minisign import sign
from torhaus.releases.models import Release
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.keys import active_signer
from torhaus.vendor.models import KeyPurpose
from torhaus.web.downloads.shown import FileRow
from torhaus.web.downloads.verifying import commands_for


@pytest.fixture(autouse=True)
def stopped_clock():
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
def signed(contract):
    """A version whose file has an unpleasant name and a real signature."""
    create_signing_key(by=people.SYSTEM, purpose=KeyPurpose.RELEASE)
    content = bytes(range(256)) * 100
    made = published()
    text = sign(active_signer(KeyPurpose.RELEASE), hashlib.blake2b(content).digest(), trusted_comment="acme 34.1")
    people.release_file(made, content, "acme it's $HOME (34.1).zip", signature=text)
    return made, content


def commands(answer) -> list[str]:
    body = answer.content.decode()
    return [html.unescape(text) for text in re.findall(r'<pre class="wrap">([^<]+)</pre>', body)]


def run(command: str, folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_R56_the_shown_commands_check_the_file_and_refuse_another(contract, signed, tmp_path):
    made, content = signed
    client = signed_in(contract)
    answer = client.get("/downloads/")
    file = made.files.get()
    path = tmp_path / file.name
    path.write_bytes(content)
    (tmp_path / f"{file.name}.minisig").write_bytes(client.get(f"/downloads/signatures/{file.ref}/").content)
    (tmp_path / "SHA256SUMS").write_bytes(client.get(f"/downloads/checksums/{made.ref}/").content)
    linux, mac, powershell, cmd, minisign = commands(answer)
    every = [linux, minisign, "sha256sum --check --ignore-missing SHA256SUMS"]
    every += [mac] if run("command -v shasum", tmp_path).returncode == 0 else []
    for command in every:
        done = run(command, tmp_path)
        assert done.returncode == 0, done
    assert f"'acme it''s $HOME (34.1).zip').Hash -eq '{file.key.upper()}'" in powershell
    assert cmd == f'certutil -hashfile "{file.name}" SHA256'
    path.write_bytes(content[:-1] + b"x")
    for command in every:
        assert run(command, tmp_path).returncode != 0, command


def test_a_signature_has_its_files_name_and_is_open_to_whoever_may_know_the_version(contract, signed):
    made, _content = signed
    file = made.files.get()
    answer = signed_in(contract).get(f"/downloads/signatures/{file.ref}/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="acme it\'s $HOME (34.1).zip.minisig"'
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in answer.headers["Cache-Control"]
    Release.objects.update(withdrawn_at=people.NOON)
    assert signed_in(contract).get(f"/downloads/signatures/{file.ref}/").status_code == 404


def test_without_a_signature_the_page_says_so(contract):
    with_all_kinds()
    assert "There is no signature for this version." in words(page(contract))
    file = Release.objects.get().files.first()
    assert signed_in(contract).get(f"/downloads/signatures/{file.ref}/").status_code == 404


def test_no_name_ends_the_text_it_stands_in():
    """PowerShell takes typographic quotation marks for plain ones."""
    for mark in "'\u2018\u2019\u201a\u201b":
        row = FileRow("installation", "", f"a{mark}; calc; {mark}.zip", "1 B", "0" * 64, "")
        commands = commands_for([row], {}, release_ref="r")
        assert commands is not None
        assert f"-LiteralPath 'a{mark * 2}; calc; {mark * 2}.zip')" in commands.powershell
        assert shlex.split(commands.unix)[1] == f"{'0' * 64}  {row.name}"
