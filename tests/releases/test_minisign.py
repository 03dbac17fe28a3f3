"""Signatures of releases: minisign itself accepts them, and only of the file and the comment they are for."""

import base64
import hashlib
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from torhaus.records.deeds import Actor
from torhaus.records.models import ActorKind
from torhaus.releases.minisign import BadSignature, public_key, release_public_keys, sign, verify
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.keys import Signer, active_signer, thumbprint, trusted_keys
from torhaus.vendor.models import KeyPurpose
from torhaus_sdk.jws import b64

BY = Actor(ActorKind.CONSOLE, "test")
CONTENT = b"Torhaus" * 1000
COMMENT = "timestamp:1763800000\tfile:Ärzte 34.1.zip\tversion:acme-cmdb 34.1\thashed"
NEEDS_MINISIGN = pytest.mark.skipif(
    not shutil.which("minisign"), reason="no minisign found (Debian: apt install minisign)"
)


def digest(content: bytes) -> bytes:
    return hashlib.blake2b(content).digest()


@pytest.fixture
def signer():
    key = Ed25519PrivateKey.generate()
    return Signer(thumbprint(b64(key.public_key().public_bytes_raw())), key)


@pytest.fixture
def keys(signer):
    return {signer.kid: signer.key.public_key()}


def minisign(tmp_path, content, signature, *options):
    (tmp_path / "package.zip").write_bytes(content)
    (tmp_path / "package.zip.minisig").write_text(signature, "utf-8")
    return subprocess.run(
        ["minisign", "-V", "-m", "package.zip", *options],
        cwd=tmp_path, capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip


@NEEDS_MINISIGN
@pytest.mark.parametrize("content", [CONTENT, b"", bytes(5_000_000)])
def test_minisign_itself_accepts_it_and_shows_the_comment(tmp_path, signer, content):
    key = public_key(signer.kid, signer.key.public_key())
    signature = sign(signer, digest(content), trusted_comment=COMMENT)
    done = minisign(tmp_path, content, signature, "-P", key.text)
    assert done.returncode == 0, done.stderr
    assert f"Trusted comment: {COMMENT}" in done.stdout
    (tmp_path / "minisign.pub").write_text(key.file)
    assert minisign(tmp_path, content, signature, "-p", "minisign.pub").returncode == 0
    assert minisign(tmp_path, content, signature, "-H", "-P", key.text).returncode == 0, "it is prehashed"


@NEEDS_MINISIGN
def test_minisign_itself_refuses_what_was_changed(tmp_path, signer):
    key = public_key(signer.kid, signer.key.public_key())
    signature = sign(signer, digest(CONTENT), trusted_comment=COMMENT)
    assert minisign(tmp_path, CONTENT + b"x", signature, "-P", key.text).returncode != 0
    forged = signature.replace("34.1.zip", "34.2.zip")
    assert minisign(tmp_path, CONTENT, forged, "-P", key.text).returncode != 0
    other = Ed25519PrivateKey.generate().public_key()
    assert minisign(tmp_path, CONTENT, signature, "-P", public_key(signer.kid, other).text).returncode != 0


@NEEDS_MINISIGN
def test_what_minisign_signs_we_accept(tmp_path):
    subprocess.run(
        ["minisign", "-G", "-W", "-p", "k.pub", "-s", "k.sec"], cwd=tmp_path, capture_output=True, check=True
    )
    (tmp_path / "package.zip").write_bytes(CONTENT)
    subprocess.run(["minisign", "-S", "-s", "k.sec", "-m", "package.zip", "-t", "by hand"], cwd=tmp_path, check=True)
    raw = base64.b64decode((tmp_path / "k.pub").read_text().splitlines()[1])
    kid = base64.urlsafe_b64encode(raw[2:10] + bytes(24)).decode().rstrip("=")
    key = Ed25519PublicKey.from_public_bytes(raw[10:])
    assert public_key(kid, key).text == (tmp_path / "k.pub").read_text().splitlines()[1]
    named = (tmp_path / "k.pub").read_text().splitlines()[0].split()[-1]
    assert public_key(kid, key).key_id == named.zfill(16), "some versions of minisign leave leading zeros out"
    text = (tmp_path / "package.zip.minisig").read_text()
    assert verify(text, digest(CONTENT), {kid: key}) == "by hand"


def test_we_refuse_what_was_changed(signer, keys):
    good = sign(signer, digest(CONTENT), trusted_comment=COMMENT)
    assert verify(good, digest(CONTENT), keys) == COMMENT
    lines = good.split("\n")
    legacy = base64.b64encode(b"Ed" + base64.b64decode(lines[1])[2:]).decode()
    for bad in (
        good.replace("34.1.zip", "34.2.zip"),
        good.replace(lines[1], lines[3]),
        good.replace(lines[1], legacy),
        good.replace(lines[3], base64.b64encode(bytes(64)).decode()),
        good.replace(lines[1], "A" + lines[1]),
        "\n".join(lines[:2]),
        good + good,
        "",
    ):
        with pytest.raises(BadSignature):
            verify(bad, digest(CONTENT), keys)
    with pytest.raises(BadSignature):
        verify(good, digest(CONTENT + b"x"), keys)
    with pytest.raises(BadSignature):
        verify(good, digest(CONTENT), {})


def test_a_comment_stays_one_line(signer, keys):
    text = sign(signer, digest(CONTENT), trusted_comment="file:a\nuntrusted comment: b\r\x00\u2028c")
    assert text.count("\n") == 4
    assert verify(text, digest(CONTENT), keys) == "file:a untrusted comment: b c"


def test_the_key_that_signs_comes_first_and_earlier_ones_stay(db):
    assert release_public_keys() == []
    made = [create_signing_key(by=BY, purpose=KeyPurpose.RELEASE).kid for _ in range(3)]
    create_signing_key(by=BY)
    keys = release_public_keys()
    assert len(keys) == 3, "that of licences is none of them"
    current = active_signer(KeyPurpose.RELEASE).kid
    assert current == made[2]
    assert keys[0] == public_key(current, trusted_keys(KeyPurpose.RELEASE)[current])


@NEEDS_MINISIGN
def test_the_public_address_is_a_key_file_that_minisign_reads(db, client, tmp_path):
    assert client.get("/.well-known/minisign.pub").content == b"untrusted comment: no release has been signed yet\n"
    create_signing_key(by=BY, purpose=KeyPurpose.RELEASE)
    old = sign(active_signer(KeyPurpose.RELEASE), digest(CONTENT), trusted_comment="old")
    create_signing_key(by=BY, purpose=KeyPurpose.RELEASE)
    new = sign(active_signer(KeyPurpose.RELEASE), digest(CONTENT), trusted_comment="new")
    answer = client.get("/.well-known/minisign.pub")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    (tmp_path / "minisign.pub").write_bytes(answer.content)
    assert minisign(tmp_path, CONTENT, new, "-p", "minisign.pub").returncode == 0
    earlier = answer.content.decode().splitlines()[3]
    assert minisign(tmp_path, CONTENT, old, "-P", earlier).returncode == 0
