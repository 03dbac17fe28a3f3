"""What the configuration doctor looks at. Each finding says what is wrong and how to mend it."""

import http.client
import shutil
import smtplib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from torhaus.accounts.queries import has_staff
from torhaus.console.serve import port_for_files
from torhaus.core import clock
from torhaus.core.breached import UnfitFile, look_at
from torhaus.core.imap import MailboxUnavailable, open_mailbox
from torhaus.core.storage import file_store, try_out
from torhaus.frame.branding import FONT
from torhaus.frame.file_sender import NO_ADDRESS_OF_FILES
from torhaus.frame.sending import own_process_sends
from torhaus.journeys.fetch_mail import account_set
from torhaus.licensing.beats import beating_more_than_across_customers
from torhaus.licensing.kept_check import sampled_licences_across_customers
from torhaus.licensing.tidying import miscounted_across_customers
from torhaus.records.queries import newest_record_at_across_customers
from torhaus.seats.lookup import says_what_seats_say
from torhaus.seats.tallies import miscounted_seats_across_customers
from torhaus.vendor.keys import UnreadableKey, active_keys, decrypted, signing_now
from torhaus.vendor.models import KeyPurpose
from torhaus.vendor.queries import NoVendor, the_vendor
from torhaus.work.queries import queue_state

PRAGMAS = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 5000}
LITTLE_SPACE, TOO_LITTLE_SPACE = 1024**3, 100 * 1024**2
OLDEST_POSTGRESQL = 14
LATE = timedelta(minutes=5)
OLD_KEY = timedelta(days=730)
CLOCK_TOLERANCE = timedelta(seconds=60)
SHOWN = 5
RELEASED_AT = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it stands, and what to do about it."""

    level: Literal["ok", "warning", "error"]
    subject: str
    said: str
    mend: str = ""


def look() -> Iterator[Finding]:
    """Look at everything; what needs the database is left out when that does not answer."""
    yield from _settings()
    yield from _data_dir()
    yield from _files()
    yield from _built()
    yield from _breached_passwords()
    database = list(_database())
    yield from database
    if not any(finding.level == "error" for finding in database):
        yield from _clock()
        yield from _vendor()
        yield from _signing_keys(KeyPurpose.LICENCE, "signing key")
        yield from _signing_keys(KeyPurpose.RELEASE, "release key")
        yield from _places()
        yield from _seats()
        yield from _rates()
        yield from _kept_licences()
        yield from _background_work()
    yield from _sender_of_files()
    yield from _mail()
    yield from _mailbox()


def _kept_licences() -> Iterator[Finding]:
    try:
        sample = sampled_licences_across_customers()
    except NoVendor:
        return
    if not sample.wrong:
        yield Finding("ok", "licences", f"kept licences looked at: {sample.looked_at}, all as derived anew")
        return
    names = ", ".join(sample.wrong[:SHOWN]) + (" …" if len(sample.wrong) > SHOWN else "")
    said = f"{len(sample.wrong)} of {sample.looked_at} kept licences say something else than their contracts: {names}"
    yield Finding("error", "licences", said, "torhaus check --derive-licences; and tell us, for this is a fault")


def _settings() -> Iterator[Finding]:
    for reason in settings.REFUSALS:
        said, _, mend = reason.partition(": ")
        yield Finding("error", "settings", said, mend)
    if not settings.OPTIONS.production:
        yield Finding("warning", "settings", "TORHAUS_PRODUCTION is off", "set it wherever customers come in")
    elif not settings.REFUSALS:
        yield Finding("ok", "settings", "safe for production")


def _data_dir() -> Iterator[Finding]:
    folder: Path = settings.DATA_DIR
    if not folder.is_dir():
        yield Finding("error", "data folder", f"{folder} is missing", "run `torhaus init`")
        return
    # A proxy that sends files itself has to get through this folder, which it does by its group.
    through = 0o067 if settings.OPTIONS.send_files == "x-accel" else 0o077
    kept = ((folder, through), (folder / "secret-key", 0o077))
    open_to_others = [path for path, bits in kept if path.exists() and path.stat().st_mode & bits]
    for path in open_to_others:
        level: Literal["warning", "error"] = "error" if path != folder else "warning"
        yield Finding(level, "data folder", f"other users may enter or read {path}", f"chmod go= {path}")
    free = shutil.disk_usage(folder).free
    if free < LITTLE_SPACE:
        level = "error" if free < TOO_LITTLE_SPACE else "warning"
        yield Finding(level, "disk", f"{free // 1024**2} MiB free under {folder}", "make room before the disk is full")
    if not open_to_others and free >= LITTLE_SPACE:
        yield Finding("ok", "data folder", f"{folder}, {free // 1024**3} GiB free")


def _files() -> Iterator[Finding]:
    options = settings.OPTIONS
    if not settings.DATA_DIR.is_dir():
        return  # said already
    where = f"the bucket {options.s3_bucket}" if options.files_in == "s3" else str(settings.DATA_DIR / "files")
    mend = (
        "see the settings TORHAUS_S3_…: the key must be allowed to list the bucket and to get, put and delete objects"
        if options.files_in == "s3"
        else "give that folder to the user who runs Torhaus"
    )
    try:
        try_out(file_store())
    except (OSError, ValueError) as error:
        # OSError's own text would repeat the path.
        yield Finding("error", "files", f"{where} cannot be written: {getattr(error, 'strerror', None) or error}", mend)
    else:
        yield Finding("ok", "files", f"{where} can be written")


def _breached_passwords() -> Iterator[Finding]:
    """Look at the list of passwords from stolen data; while it is set and unfit, no new password is taken."""
    where = settings.OPTIONS.breached_passwords
    mend = "see “Passwords” in docs/operations.md for how to get the list"
    if not where:
        yield Finding("ok", "passwords", "common ones are refused; no list of those from stolen data is set")
        return
    try:
        found = look_at(Path(where))
    except (OSError, UnfitFile) as error:
        said = f"{where}: {getattr(error, 'strerror', None) or error}; no new password is taken until this is mended"
        yield Finding("error", "passwords", said, f"unset TORHAUS_BREACHED_PASSWORDS, or {mend}")
    else:
        yield Finding("ok", "passwords", f"{where} has some {found.digests:,} digests of passwords from stolen data")


def _sender_of_files() -> Iterator[Finding]:
    """Look at the process beside a server that runs here: without it every download ends in an error."""
    bind, port = settings.OPTIONS.bind, settings.OPTIONS.port
    if not own_process_sends() or not _somebody_listens(bind, port):
        return
    files_port = port_for_files(port)
    if _sends_files(bind, files_port):
        yield Finding("ok", "downloads", f"the process that sends files answers on port {files_port}")
    else:
        yield Finding("warning", "downloads", f"a server runs on port {port}, but no process sends files on {files_port}",
                      "see what `torhaus serve` wrote, stop what else has that port or set TORHAUS_FILES_PORT, "
                      "and start it again")  # fmt: skip


def _somebody_listens(bind: str, port: int) -> bool:
    try:
        socket.create_connection((bind.strip("[]"), port), timeout=2).close()
    except OSError:
        return False
    return True


def _sends_files(bind: str, port: int) -> bool:
    """Whether our process answers there; of an address that is none of files it says just this."""
    asked = http.client.HTTPConnection(bind.strip("[]"), port, timeout=5)
    try:
        asked.request("GET", "/")
        answer = asked.getresponse()
        return answer.status == HTTPStatus.NOT_FOUND and answer.read(100) == NO_ADDRESS_OF_FILES.encode()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _built() -> Iterator[Finding]:
    lacking = [
        name
        for name, path in (
            ("static files", settings.STATIC_ROOT / "staticfiles.json"),
            ("font", settings.DATA_DIR / FONT),
        )
        if not path.is_file()
    ]
    if lacking:
        yield Finding("error", "build", f"not built: {', '.join(lacking)}", "run `torhaus init`")
    else:
        yield Finding("ok", "build", "static files and font are there")


def _database() -> Iterator[Finding]:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        yield from _sqlite() if connection.vendor == "sqlite" else _postgresql()
    except DatabaseError as error:
        yield Finding("error", "database", f"does not answer: {str(error).strip()}", "see TORHAUS_DATABASE_URL")
        return
    if pending:
        yield Finding("error", "database", f"{len(pending)} migrations are not applied", "run `torhaus init`")
    else:
        yield Finding("ok", "database", f"{connection.vendor}, all migrations applied")


def _sqlite() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        for name, expected in PRAGMAS.items():
            cursor.execute(f"PRAGMA {name}")
            value = cursor.fetchone()[0]
            if value != expected:
                yield Finding("error", "database", f"SQLite runs with {name}={value} instead of {expected}",
                              "put the data folder on a local disk; network disks cannot do this")  # fmt: skip


def _postgresql() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        version = int(cursor.fetchone()[0]) // 10000
        cursor.execute("SHOW fsync")
        fsync = cursor.fetchone()[0]
    if version < OLDEST_POSTGRESQL:
        yield Finding("error", "database", f"PostgreSQL {version} is too old", f"use {OLDEST_POSTGRESQL} or newer")
    if fsync != "on":
        yield Finding(
            "warning", "database", "PostgreSQL runs with fsync=off", "turn it on: a power cut loses the database"
        )


def _clock() -> Iterator[Finding]:
    now = clock.now()
    if now < RELEASED_AT:
        yield Finding("error", "clock", f"this machine believes it is {now:%Y-%m-%d}", "set its clock, best by NTP")
        return
    newest = newest_record_at_across_customers()
    if newest and newest > now + CLOCK_TOLERANCE:
        yield Finding("error", "clock", f"the newest record is of {newest:%Y-%m-%d %H:%M} UTC, which is to come",
                      "set the clock of this machine, best by NTP")  # fmt: skip
    elif connection.vendor == "postgresql" and abs(now - _database_time()) > CLOCK_TOLERANCE:
        yield Finding(
            "warning", "clock", "this machine and the database differ by more than a minute", "use NTP on both"
        )
    else:
        yield Finding("ok", "clock", f"{now:%Y-%m-%d %H:%M} UTC")


def _database_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
        return found


def _vendor() -> Iterator[Finding]:
    try:
        yield Finding("ok", "vendor", the_vendor().legal_name)
    except NoVendor:
        yield Finding("error", "vendor", "none is loaded", "run `torhaus import` on its files, or `torhaus init`")
    if not has_staff():
        yield Finding("warning", "staff", "nobody has an account", "run `torhaus init --staff-mail you@example.com`")


def _signing_keys(purpose: KeyPurpose, subject: str) -> Iterator[Finding]:
    signer, well = signing_now(purpose), True
    if signer is None:
        if purpose == KeyPurpose.LICENCE:  # one for releases is made when the first is published
            yield Finding("error", subject, "there is none", "run `torhaus init`")
        return
    for row in active_keys(purpose):
        try:
            decrypted(row.private_key_encrypted, kid=row.kid)
        except UnreadableKey as error:
            well = False
            yield Finding("error", subject, str(error), "give TORHAUS_SECRET_KEY the value it had before")
        if row.signs_from and row.signs_from > clock.now():
            yield Finding("ok", subject, f"{row.kid} is published and signs from {row.signs_from:%Y-%m-%d %H:%M} UTC")
    age = clock.now() - signer.created_at
    if age > OLD_KEY:
        option = " --purpose release" if purpose == KeyPurpose.RELEASE else ""
        yield Finding("warning", subject, f"{signer.kid} is {age.days} days old",
                      f"run `torhaus rotate-key{option} --publish-first 30`")  # fmt: skip
    elif well:
        yield Finding("ok", subject, signer.kid)


def _places() -> Iterator[Finding]:
    """Look whether the places licences count are those that are taken: one counted too many is one nobody gets."""
    wrong = miscounted_across_customers()
    for one in wrong[:SHOWN]:
        yield Finding("warning", "places", f"licence {one.ref} counts {one.installations[0]} installations and "
                      f"{one.leases[0]} leases, but has {one.installations[1]} and {one.leases[1]}",
                      "the worker sets this right within the hour; see that one runs")  # fmt: skip
    if len(wrong) > SHOWN:
        yield Finding("warning", "places", f"{len(wrong) - SHOWN} more licences count wrong", "see above")
    if not wrong:
        yield Finding("ok", "places", "installations and leases are counted right")


def _seats() -> Iterator[Finding]:
    """Look whether the numbers of seats that pages show are those of the seats."""
    wrong = miscounted_seats_across_customers()
    for one in wrong[:SHOWN]:
        said = f"contract {one.contract} keeps {one.kept} {one.state} seats of the kind {one.kind}, but has {one.held}"
        yield Finding("error", "seats", said if one.kept != one.held else f"{said}; what they own was added up wrong",
                      "torhaus check --recount-seats")  # fmt: skip
    if len(wrong) > SHOWN:
        yield Finding("error", "seats", f"{len(wrong) - SHOWN} more numbers of seats are wrong", "see above")
    if not wrong:
        yield Finding("ok", "seats", "held seats and what they own are counted right")
    if not says_what_seats_say():
        yield Finding("error", "seats", "searches of seats find others than there are", "torhaus check --recount-seats")


def _rates() -> Iterator[Finding]:
    """Look whether the limit for each token carries the heartbeats of the floating licences that are booked."""
    limit = settings.OPTIONS.api_per_token
    beating = beating_more_than_across_customers(limit)
    for one in beating[:SHOWN]:
        yield Finding("warning", "rates", f"with all places in use, contract {one.contract} ({one.product}) makes "
                      f"{one.a_minute} heartbeats a minute, but a token may ask {limit} times",
                      "raise TORHAUS_API_PER_TOKEN, and TORHAUS_API_PER_ADDRESS if its places are behind one address, "
                      "or give its policy longer leases")  # fmt: skip
    if len(beating) > SHOWN:
        yield Finding("warning", "rates", f"{len(beating) - SHOWN} more licences beat more often", "see above")
    if not beating:
        yield Finding("ok", "rates", f"{limit} requests a minute carry the heartbeats of each floating licence")


def _background_work() -> Iterator[Finding]:
    state = queue_state()
    if state.late_by > LATE:
        minutes = int(state.late_by.total_seconds() // 60)
        yield Finding("error", "worker", f"a job has waited for {minutes} minutes, so no worker seems to run",
                      "run `torhaus worker`, or `torhaus serve` on SQLite")  # fmt: skip
    if state.dead:
        yield Finding("warning", "worker", f"{state.dead} jobs failed for good", "see Jobs on the staff pages")
    if state.late_by <= LATE and not state.dead:
        yield Finding("ok", "worker", f"{state.waiting} jobs wait, {state.running} run")


def _mail() -> Iterator[Finding]:
    options = settings.OPTIONS
    if options.mail_mode == "files":
        yield Finding("warning", "mail", "mails are written to files", "set TORHAUS_MAIL_MODE=smtp to send them")
        return
    server = f"{options.smtp_host}:{options.smtp_port}"
    try:
        outbound = get_connection(timeout=10)
        outbound.open()
        outbound.close()
    except (smtplib.SMTPException, OSError, socket.gaierror) as error:
        yield Finding("error", "mail", f"{server} refuses: {error}", "see the settings TORHAUS_SMTP_…")
    else:
        yield Finding("ok", "mail", f"{server} answers")
    if options.smtp_user and options.smtp_tls == "none":
        yield Finding("warning", "mail", "the mail password goes over the wire in clear", "set TORHAUS_SMTP_TLS")


def _mailbox() -> Iterator[Finding]:
    if not settings.OPTIONS.imap_host:
        return
    account = account_set()
    try:
        with open_mailbox(account):
            yield Finding("ok", "mailbox", f"{account.folder} of {account.user} at {account.host} can be opened")
    except MailboxUnavailable as error:
        yield Finding("error", "mailbox", f"cannot be opened: {error}",
                      "see the settings TORHAUS_IMAP_…; answers by mail wait until this is mended")  # fmt: skip
