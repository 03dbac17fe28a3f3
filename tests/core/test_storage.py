"""What both stores promise: the same tests on the local disk and on a real S3 server over HTTP."""

import contextlib
import dataclasses
import hashlib
import io
import os
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings as configured

from tests import processes, s3
from torhaus.config.options import SettingError, read_options
from torhaus.core import storage
from torhaus.core.storage import DiskStore, StoreUnavailable, file_store, is_there, try_out

CONTENT = bytes(range(256)) * 2000
UNKNOWN = "0" * 64


@pytest.fixture(params=["disk", pytest.param("s3", marks=pytest.mark.servers)])
def store(request, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    if request.param == "s3":
        settings.OPTIONS = dataclasses.replace(configured.OPTIONS, **s3.bucket())
    return file_store()


def pieces(content: bytes, size: int = 100_000):
    return (content[at : at + size] for at in range(0, len(content), size))


def spooled(tmp_path) -> list[str]:
    return [path.name for path in (tmp_path / "files").glob(".incoming-*")]


def test_what_is_put_comes_back_under_its_sha256(store, tmp_path):
    kept = store.put(pieces(CONTENT))
    assert kept.key == hashlib.sha256(CONTENT).hexdigest()
    assert kept.blake2b == hashlib.blake2b(CONTENT).digest()
    assert kept.size == store.size(kept.key) == len(CONTENT)
    with store.open(kept.key) as opened:
        assert opened.read() == CONTENT
    assert not spooled(tmp_path)


def test_an_empty_file_is_a_file(store):
    kept = store.put([])
    assert (kept.key, kept.size) == (hashlib.sha256(b"").hexdigest(), 0)
    with store.open(kept.key) as opened:
        assert opened.read() == b""


def test_the_same_bytes_twice_are_one_file(store):
    assert store.put([CONTENT]) == store.put(pieces(CONTENT))
    if store.local_path(UNKNOWN):
        assert sum(path.is_file() for path in store.root.rglob("*")) == 1
    else:
        assert store.client.list_objects_v2(Bucket=store.bucket)["KeyCount"] == 1


def test_a_file_of_this_machine_is_taken_over(store, tmp_path):
    (tmp_path / "package.zip").write_bytes(CONTENT)
    kept = store.put_path(tmp_path / "package.zip")
    assert kept == store.put([CONTENT])
    assert not (tmp_path / "package.zip").exists()


def test_a_file_may_stay_where_it_is_and_is_still_not_copied(store, tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(CONTENT)
    for _ in range(2):  # as a job does that was killed in between
        kept = store.put_path(path, keep=True)
        assert path.read_bytes() == CONTENT
        assert not spooled(tmp_path)
    if store.local_path(kept.key):
        path.unlink()
        assert store.path(kept.key).read_bytes() == CONTENT


def test_it_is_moved_not_copied_on_the_same_disk(tmp_path):
    path = tmp_path / "package.zip"
    path.write_bytes(CONTENT)
    inode = path.stat().st_ino
    store = DiskStore(tmp_path / "files")
    assert store.path(store.put_path(path).key).stat().st_ino == inode


@pytest.mark.skipif(not os.path.ismount("/dev/shm"), reason="no second disk to take a file from")
def test_it_is_copied_from_another_disk(tmp_path):
    with on_another_disk() as path:
        store = DiskStore(tmp_path / "files")
        kept = store.put_path(path)
        assert not path.exists()
        assert store.path(kept.key).read_bytes() == CONTENT


@contextlib.contextmanager
def on_another_disk():
    handle, name = tempfile.mkstemp(dir="/dev/shm")
    os.write(handle, CONTENT)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def test_reading_goes_on_wherever_one_seeks(store):
    with store.open(store.put([CONTENT]).key) as opened:
        assert opened.seek(0, io.SEEK_END) == len(CONTENT)
        assert opened.read(10) == b""
        opened.seek(300_001)
        assert opened.read(400) == CONTENT[300_001:300_401]
        assert opened.tell() == 300_401
        opened.seek(5)
        assert opened.read(3) == CONTENT[5:8]
        opened.seek(-7, io.SEEK_END)
        assert opened.read() == CONTENT[-7:]


@pytest.mark.parametrize("key", [UNKNOWN, "", "x", "../" * 20, "A" * 64, "a" * 63 + "\n", "é" * 64, "a" * 64 + "/"])
def test_an_unknown_key_and_what_can_be_none_are_not_there(store, key):
    assert not is_there(store, key)
    with pytest.raises(FileNotFoundError):
        store.open(key).close()
    with pytest.raises(FileNotFoundError):
        store.size(key)


def test_what_is_deleted_is_gone_and_may_be_deleted_again(store):
    key = store.put([CONTENT]).key
    store.delete(key)
    assert not is_there(store, key)
    store.delete(key)


def test_what_is_old_is_listed_and_what_is_stored_again_is_young(store, tmp_path, monkeypatch):
    monkeypatch.setattr("torhaus.core.s3.YOUNG_SECONDS", 1)
    old, again, taken_over = (store.put([content]).key for content in (b"old", b"again", b"taken over"))
    upload = tmp_path / "upload"
    upload.write_bytes(b"taken over")
    time.sleep(2.1)
    store.put([b"again"])
    assert store.put_path(upload, keep=True).key == taken_over
    young = store.put([b"young"]).key
    assert list(store.old_keys(older_than=1.5)) == [old]
    assert sorted(store.old_keys(older_than=-60)) == sorted([old, again, taken_over, young])
    assert not store.delete_old(again, older_than=1.5)
    assert store.delete_old(old, older_than=1.5)
    assert not store.delete_old(old, older_than=1.5)
    assert [is_there(store, key) for key in (old, again, taken_over, young)] == [False, True, True, True]


def test_what_is_no_file_of_the_store_is_not_listed(store):
    if store.local_path(UNKNOWN):
        (store.root / "ab" / "cd").mkdir(parents=True)
        for name in ("ab/cd/notes.txt", "ab/stray", "readme", ".incoming-x", f"ab/cd/{UNKNOWN}"):
            (store.root / name).write_bytes(b"x")
    else:
        for name in ("ab/notes.txt", "readme", f"ab/{UNKNOWN}", f"other/{UNKNOWN}"):
            store.client.put_object(Bucket=store.bucket, Key=name, Body=b"x")
    assert list(store.old_keys(older_than=-60)) == []


def test_what_is_stored_while_old_content_goes_is_never_lost(store):
    """One puts the same bytes again and again, the other takes away what is old by every measure."""
    ended = threading.Event()

    def clear():
        while not ended.is_set():
            store.delete_old(key, older_than=1)

    key = store.put([CONTENT]).key
    thread = threading.Thread(target=clear)
    thread.start()
    try:
        for _ in range(40):
            make_old(store, key)
            store.put([CONTENT])
            assert is_there(store, key)
    finally:
        ended.set()
        thread.join()


def make_old(store, key):
    """Let content look as if it had lain there for long, where a test can."""
    with contextlib.suppress(FileNotFoundError):
        if path := store.local_path(key):
            os.utime(path, (0, 0))


def test_a_write_that_breaks_off_leaves_nothing(store, tmp_path):
    def broken():
        yield CONTENT
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(broken())
    assert not spooled(tmp_path)
    assert not is_there(store, hashlib.sha256(CONTENT).hexdigest())


def test_ten_at_once_are_one_file(store):
    kept = []
    threads = [threading.Thread(target=lambda: kept.append(store.put(pieces(CONTENT)))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 10
    assert len(set(kept)) == 1
    with store.open(kept[0].key) as opened:
        assert opened.read() == CONTENT


def test_the_store_can_be_tried_out_and_keeps_nothing_of_it(store, tmp_path):
    try_out(store)
    assert not is_there(store, hashlib.sha256(storage.PROBE).hexdigest())


def test_leftovers_are_cleared_once_they_are_old(store, tmp_path):
    fresh, old = store.spool.folder / ".incoming-fresh", store.spool.folder / ".incoming-old"
    key = store.put([CONTENT]).key
    for path in (fresh, old):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 90_000,) * 2)
    assert store.clear_leftovers(older_than=86_400) == 1
    assert fresh.exists()
    assert not old.exists()
    assert is_there(store, key)


@pytest.mark.servers
def test_a_killed_process_leaves_a_spooled_file_and_no_key(tmp_path):
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom torhaus.core.storage import DiskStore\n"
        "def slow():\n    yield b'a' * 3_000_000\n    print('half', flush=True)\n    time.sleep(60)\n"
        f"DiskStore(Path({str(tmp_path / 'files')!r})).put(slow())\n"
    )
    process = processes.start("-c", code, env=dict(os.environ))
    assert process.stdout.readline() == "half\n"
    process.kill()
    process.communicate()
    store = DiskStore(tmp_path / "files")
    assert [path.name for path in store.root.rglob("*")] == spooled(tmp_path)
    assert store.clear_leftovers(older_than=-1) == 1


def test_only_this_user_reads_the_files_unless_the_proxy_sends_them(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    path = file_store().local_path(file_store().put([CONTENT]).key)
    assert path.stat().st_mode & 0o777 == 0o600
    settings.OPTIONS = dataclasses.replace(configured.OPTIONS, send_files="x-accel")
    path = file_store().local_path(file_store().put([CONTENT]).key)
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.parent.stat().st_mode & 0o777 == 0o750


# What only S3 has


@pytest.fixture
def bucket(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    made = s3.bucket()
    settings.OPTIONS = dataclasses.replace(configured.OPTIONS, **made)
    return made


@pytest.mark.servers
def test_a_large_file_goes_in_parts_and_comes_back_whole(bucket):
    store, content = file_store(), os.urandom(1024 * 1024) * 40
    kept = store.put(pieces(content, 1024 * 1024))
    head = s3.client(bucket).head_object(Bucket=store.bucket, Key=f"{kept.key[:2]}/{kept.key}", PartNumber=1)
    assert head["PartsCount"] == 3
    digest = hashlib.sha256()
    with store.open(kept.key) as opened:
        while piece := opened.read(1_000_003):
            digest.update(piece)
    assert digest.hexdigest() == kept.key


@pytest.mark.servers
def test_what_is_there_is_not_sent_again(bucket):
    store = file_store()
    kept = store.put([CONTENT])
    name = f"{kept.key[:2]}/{kept.key}"
    before = s3.client(bucket).head_object(Bucket=store.bucket, Key=name)["LastModified"]
    time.sleep(1.1)
    store.put([CONTENT])
    assert s3.client(bucket).head_object(Bucket=store.bucket, Key=name)["LastModified"] == before


@pytest.mark.servers
def test_a_presigned_link_serves_the_name_asked_for_and_expires(bucket):
    store = file_store()
    kept = store.put([CONTENT])
    wanted = {
        "disposition": "attachment; filename=\"a.zip\"; filename*=UTF-8''%C3%A4.zip",
        "content_type": "application/zip",
    }
    link = store.link(kept.key, **wanted, seconds=60)
    with urllib.request.urlopen(link, timeout=20) as answer:
        assert answer.read() == CONTENT
        assert answer.headers["Content-Disposition"] == wanted["disposition"]
        assert answer.headers["Content-Type"] == "application/zip"
    assert "X-Amz-Expires=60" in link
    assert s3.SECRET not in link


@pytest.mark.servers
def test_uploads_of_parts_nobody_goes_on_with_are_ended(bucket):
    store, beside = file_store(), s3.client(bucket)
    beside.create_multipart_upload(Bucket=store.bucket, Key="aa/half")
    # This server says of every upload that it began in 2010.
    assert store.clear_leftovers(older_than=100 * 365 * 86_400) == 0
    assert store.clear_leftovers(older_than=3600) == 1
    assert "Uploads" not in beside.list_multipart_uploads(Bucket=store.bucket)


@pytest.mark.servers
def test_a_bucket_that_is_not_there_is_said(bucket, settings):
    settings.OPTIONS = dataclasses.replace(settings.OPTIONS, s3_bucket="nobodys-bucket")
    with pytest.raises(StoreUnavailable, match="NoSuchBucket"):
        file_store().put([CONTENT])


def test_s3_that_does_not_answer_is_said(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    gone = {
        "files_in": "s3",
        "s3_bucket": "b",
        "s3_endpoint": "http://127.0.0.1:9",
        "s3_key_id": "k",
        "s3_secret": "geheim",
    }
    settings.OPTIONS = dataclasses.replace(configured.OPTIONS, **gone)
    with pytest.raises(StoreUnavailable, match="does not answer") as refused:
        file_store().put([CONTENT])
    assert "geheim" not in str(refused.value)


def test_s3_without_a_bucket_is_refused():
    with pytest.raises(SettingError, match="TORHAUS_S3_BUCKET"):
        read_options({"TORHAUS_FILES_IN": "s3"})
