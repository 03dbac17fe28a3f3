"""Files in a bucket of S3, or of a server that speaks it: private objects named by their SHA-256."""

import contextlib
import functools
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from torhaus.core import clock
from torhaus.core.storage import Digests, Spool, StoredFile, StoreUnavailable, as_binary, checked, chunks_of

# Parts of 16 MiB, two at a time: what an upload holds in memory, however large the file.
TRANSFER = TransferConfig(multipart_threshold=32 * 1024**2, multipart_chunksize=16 * 1024**2, max_concurrency=2)
CHECKSUM = {"ChecksumAlgorithm": "SHA256"}
READ_AHEAD = 256 * 1024
# What is there is sent again once it is so old, which makes it young: whoever stores has the time to refer to it.
YOUNG_SECONDS = 12 * 3600
MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
_KEY_NAME = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}")


class Options(Protocol):
    """The settings of the bucket."""

    s3_bucket: str
    s3_endpoint: str
    s3_region: str
    s3_key_id: str
    s3_secret: str


class S3Store:
    """Objects in one bucket. ``spool`` is the local folder where files wait until they are sent there whole."""

    def __init__(self, *, spool: Path, options: Options) -> None:
        self.spool = Spool(spool)
        self.bucket = options.s3_bucket
        self.client = _client(options.s3_endpoint, options.s3_region, options.s3_key_id, options.s3_secret)

    def put(self, chunks: Iterable[bytes]) -> StoredFile:
        """Spool the bytes, then send them under their SHA-256, unless they are there."""
        spooled, stored = self.spool.write(chunks)
        try:
            self._send(spooled, stored)
        finally:
            spooled.unlink(missing_ok=True)
        return stored

    def put_path(self, path: Path, *, keep: bool = False) -> StoredFile:
        """Send a file of this machine under its SHA-256, then remove it here."""
        digests = Digests()
        for _chunk in digests.passing(chunks_of(path)):
            pass
        stored = digests.stored()
        self._send(path, stored)
        if not keep:
            path.unlink()
        return stored

    def open(self, key: str) -> BinaryIO:
        """Open an object for reading; what is read is fetched by ranges."""
        return as_binary(io.BufferedReader(_Object(self, checked(key), self.size(key)), READ_AHEAD))

    def size(self, key: str) -> int:
        """Give the bytes of an object."""
        with _plainly(key):
            return int(self.client.head_object(Bucket=self.bucket, Key=_name(key))["ContentLength"])

    def delete(self, key: str) -> None:
        """Remove an object; S3 does not mind one that is not there."""
        with _plainly(key):
            self.client.delete_object(Bucket=self.bucket, Key=_name(key))

    def old_keys(self, *, older_than: float) -> Iterator[str]:
        """Give the keys of old objects, page by page; objects that are none of ours are left alone."""
        oldest = clock.now() - timedelta(seconds=older_than)
        with _plainly(""):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
            for found in (found for page in pages for found in page.get("Contents", ())):
                if _KEY_NAME.fullmatch(found["Key"]) and _in_utc(found["LastModified"]) < oldest:
                    yield found["Key"].rpartition("/")[2]

    def delete_old(self, key: str, *, older_than: float) -> bool:
        """Remove an object, unless it was stored again. Who stores must share the spool folder with us."""
        with self.spool.nobody_stores() as alone, contextlib.suppress(FileNotFoundError):
            if alone and self._age(key)[1] > older_than:
                self.delete(key)
                return True
        return False

    def local_path(self, key: str) -> Path | None:  # noqa: ARG002 - nothing of S3 lies here
        """Give None: an object does not lie on this machine."""
        return None

    def link(self, key: str, *, disposition: str, content_type: str, seconds: int) -> str:
        """Give a presigned address of the object, which serves it under a name of our choice and expires."""
        wanted = {
            "Bucket": self.bucket,
            "Key": _name(key),
            "ResponseContentDisposition": disposition,
            "ResponseContentType": content_type,
            "ResponseCacheControl": "private, no-store",
        }
        with _plainly(key):
            return str(self.client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=seconds))

    def clear_leftovers(self, *, older_than: float) -> int:
        """Remove spooled files, and end the uploads of parts that nobody goes on with."""
        found, oldest = self.spool.clear(older_than=older_than), clock.now() - timedelta(seconds=older_than)
        with _plainly(""):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket)
            for upload in (upload for page in pages for upload in page.get("Uploads", ())):
                if _in_utc(upload["Initiated"]) < oldest:
                    self.client.abort_multipart_upload(
                        Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
                    found += 1
        return found

    def _send(self, path: Path, stored: StoredFile) -> None:
        with self.spool.storing():
            with contextlib.suppress(FileNotFoundError):
                size, age = self._age(stored.key)
                if size == stored.size and age < YOUNG_SECONDS:
                    return
            with _plainly(stored.key):
                # No ACL: objects are private unless somebody opens the bucket, and newer buckets refuse any.
                self.client.upload_file(
                    str(path), self.bucket, _name(stored.key), ExtraArgs=dict(CHECKSUM), Config=TRANSFER
                )

    def _age(self, key: str) -> tuple[int, float]:
        """Give the bytes of an object, and how many seconds ago it was stored."""
        with _plainly(key):
            head = self.client.head_object(Bucket=self.bucket, Key=_name(key))
        return int(head["ContentLength"]), (clock.now() - _in_utc(head["LastModified"])).total_seconds()


class _Object(io.RawIOBase):
    """An object as a file: one ranged answer is read on until somebody seeks elsewhere."""

    def __init__(self, store: S3Store, key: str, size: int) -> None:
        self.store, self.key, self.length, self.position = store, key, size, 0
        self.answer: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.length}[whence]
        wanted = max(0, start + offset)
        if wanted != self.position:
            self._hang_up()
            self.position = wanted
        return self.position

    def readinto(self, into: Any) -> int:
        if self.position >= self.length:
            return 0
        with _plainly(self.key):
            if self.answer is None:
                wanted = {"Bucket": self.store.bucket, "Key": _name(self.key), "Range": f"bytes={self.position}-"}
                self.answer = self.store.client.get_object(**wanted)["Body"]
            piece = self.answer.read(len(into))
        into[: len(piece)] = piece
        self.position += len(piece)
        return len(piece)

    def close(self) -> None:
        self._hang_up()
        super().close()

    def _hang_up(self) -> None:
        if self.answer is not None:
            self.answer.close()
            self.answer = None


def _name(key: str) -> str:
    return f"{checked(key)[:2]}/{key}"


@functools.lru_cache(maxsize=4)
def _client(endpoint: str, region: str, key_id: str, secret: str) -> Any:
    """Give the client of these settings; it is safe between threads, and slow to make."""
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=60,
        retries={"max_attempts": 4, "mode": "standard"},
        s3={"addressing_style": "path"} if endpoint else {},
    )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region or ("us-east-1" if endpoint else None),
        aws_access_key_id=key_id or None,
        aws_secret_access_key=secret or None,
        config=config,
    )


@contextlib.contextmanager
def _plainly(key: str) -> Iterator[None]:
    """Turn what the client raises into what a file raises."""
    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        if key and str(said.get("Code")) in MISSING and said.get("Code") != "NoSuchBucket":
            raise FileNotFoundError(key) from error
        raise StoreUnavailable(f"S3 refuses: {said.get('Code', '')} {said.get('Message', '')}".strip()) from error
    except (BotoCoreError, Boto3Error) as error:
        raise StoreUnavailable(f"S3 does not answer: {error}") from error


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
