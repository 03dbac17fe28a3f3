"""Every setting of Torhaus: its name, type, default and meaning, in this one place.

A setting ``x`` is read from the environment variable ``TORHAUS_X``, else from
``torhaus.toml`` (``TORHAUS_CONFIG`` names another file), else it has its default.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit


class SettingError(ValueError):
    """A setting has a value that cannot be; the message names it and says what was expected."""


def _opt(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


SECRETS = frozenset({"secret_key", "database_url", "smtp_password", "s3_secret", "imap_password"})


@dataclass(frozen=True)
class Options:
    """The settings, typed. ``doc`` of each is what ``docs/settings.md`` says."""

    secrets = SECRETS  # what is never shown
    production: bool = _opt(False, "Refuse to start with unsafe settings. Set it on every public installation.")
    secret_key: str = _opt(
        "",
        "Key of sessions, token hashes and encrypted keys: 50 random characters or more. "
        "Empty means the file `secret-key` in the data folder, which `torhaus init` writes.",
    )
    data_dir: Path = _opt(Path("var"), "Folder of the SQLite database, stored files, mail files and audit heads.")
    database_url: str = _opt(
        "",
        "`postgresql://user:password@host/name`; empty means SQLite in the data folder. "
        "Connection parameters may follow, e.g. `?sslmode=verify-full`.",
    )
    database_connect_seconds: int = _opt(
        5,
        "Seconds to wait for a connection to PostgreSQL before that host counts as gone. One in the address prevails.",
    )
    hosts: tuple[str, ...] = _opt(("localhost", "127.0.0.1", "[::1]"), "Host names the portal answers to.")
    public_url: str = _opt("", "Address customers use, for links in mails; empty means `http://localhost` with `port`.")
    https: bool = _opt(
        False, "Served over HTTPS by a proxy: `__Host-` cookies, HSTS, no plain HTTP. Required in production."
    )
    trusted_proxies: tuple[str, ...] = _opt(
        (), "Networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, e.g. `10.0.0.0/8`."
    )
    address_header: str = _opt(
        "X-Forwarded-For",
        "Header in which a trusted proxy names the client. A name without a hyphen, such as `Clientaddress`, "
        "cannot be imitated by one with an underscore.",
    )
    bind: str = _opt("127.0.0.1", "Address to listen on; other than loopback only in production.")
    port: int = _opt(8000, "Port to listen on.")
    workers: int = _opt(2, "Server processes.")
    threads: int = _opt(0, "Threads a server process; 0 means 1 on SQLite and 8 on PostgreSQL.")
    embedded_worker: bool = _opt(True, "Run the background worker beside `torhaus serve` (SQLite only).")
    session_idle_minutes: int = _opt(60, "Minutes without a request after which a session ends.")
    session_hours: int = _opt(12, "Hours after which a session ends in any case.")
    login_attempts: int = _opt(10, "Failed sign-ins from one address within ten minutes before it has to wait.")
    breached_passwords: str = _opt(
        "",
        "File of SHA-1 digests of passwords from stolen data, as Have I Been Pwned gives it (`DIGEST:COUNT`, in order); "
        "a new password that is in it is refused. Empty means none. How to get it: docs/operations.md.",
    )
    staff_needs_mfa: str = _opt(
        "production",
        "Whether staff need a second factor (authenticator app or passkey) beside their password: `always`, `never`, "
        "or `production`, which means where `production` is set. Who has none is led to set one up before anything else.",
    )
    mail_mode: str = _opt("files", "`smtp` sends mail; `files` writes it into the data folder and shows it on a page.")
    mail_from: str = _opt("portal@localhost", "Sender address of mails.")
    smtp_host: str = _opt("localhost", "Mail server.")
    smtp_port: int = _opt(25, "Port of the mail server.")
    smtp_user: str = _opt("", "User at the mail server, if it wants one.")
    smtp_password: str = _opt("", "Password at the mail server.")
    smtp_tls: str = _opt("none", "`none`, `starttls` or `tls`.")
    files_in: str = _opt("disk", "Where stored files live: `disk` (the data folder) or `s3`.")
    s3_bucket: str = _opt("", "Bucket of the files, with `files_in` = `s3`.")
    s3_endpoint: str = _opt("", "Address of an S3 server other than that of AWS.")
    s3_region: str = _opt("", "Region of the bucket.")
    s3_key_id: str = _opt("", "Access key of the bucket; empty takes what the machine has (role, profile).")
    s3_secret: str = _opt("", "Secret of the access key.")
    send_files: str = _opt(
        "own",
        "How downloads are sent: `own` (a process of `torhaus serve` beside the portal) or `x-accel` "
        "(nginx, by X-Accel-Redirect). With files in S3 they are always sent from there, by links that expire.",
    )
    x_accel_prefix: str = _opt("/torhaus-files/", "Internal location of nginx whose root is the folder of the files.")
    files_port: int = _opt(0, "Port of the process that sends files; 0 means the one after `port`.")
    files_url: str = _opt(
        "",
        "Address of that process for browsers; empty means that of the portal with `files_port`, and with `https` "
        "`public_url` itself, whose proxy leads addresses of downloads there.",
    )
    download_link_hours: int = _opt(24, "Hours a download link works.")
    upload_max_gib: int = _opt(20, "Largest file of a release, in GiB.")
    attachment_max_mib: int = _opt(10, "Largest attachment of a ticket, and largest proof for education terms, in MiB.")
    scan_command: str = _opt(
        "",
        "Command that checks an uploaded attachment or proof, its path added, as `clamdscan --fdpass`: "
        "exit code 0 is clean, 1 infected, any other means not now. Empty means no check.",
    )
    reply_mail: str = _opt(
        "", "Mailbox that receives answers to tickets, e.g. `help@example.com`; replies come to `help+…@example.com`."
    )
    imap_host: str = _opt("", "Mail server from which the worker fetches answers; empty means none.")
    imap_port: int = _opt(993, "Port of that server.")
    imap_tls: bool = _opt(True, "Speak TLS with that server; false only for one on this machine.")
    imap_user: str = _opt("", "User of the mailbox.")
    imap_password: str = _opt("", "Password of the mailbox.")
    imap_folder: str = _opt("INBOX", "Folder of the mailbox.")
    api_per_token: int = _opt(120, "Requests a licence token may make within a minute, by each server process.")
    api_per_address: int = _opt(600, "Requests with a token from one address within a minute, by each server process.")
    seen_flush_seconds: int = _opt(
        60, "How long a server process keeps when installations were last seen before it writes that, all at once."
    )
    metrics_from: tuple[str, ...] = _opt(
        (), "Networks that may read `/health/metrics`, e.g. `10.0.0.0/8`; for everybody else there is no such address."
    )
    log_level: str = _opt("INFO", "`DEBUG`, `INFO`, `WARNING` or `ERROR`; logs are JSON lines on standard error.")

    def __post_init__(self) -> None:
        """Derive the address from the port where none is set."""
        if not self.public_url:
            object.__setattr__(self, "public_url", f"http://localhost:{self.port}")


CHOICES = {
    "staff_needs_mfa": ("production", "always", "never"),
    "mail_mode": ("files", "smtp"),
    "smtp_tls": ("none", "starttls", "tls"),
    "files_in": ("disk", "s3"),
    "send_files": ("own", "x-accel"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
}
RANGES = {
    "api_per_token": (1, 1_000_000_000),
    "api_per_address": (1, 1_000_000_000),
    "seen_flush_seconds": (1, 600),
    "database_connect_seconds": (2, 300),  # the driver takes 1 for 2
    "port": (1, 65535),
    "smtp_port": (1, 65535),
    "workers": (1, 256),
    "threads": (0, 256),
    "session_idle_minutes": (1, 24 * 60),
    "session_hours": (1, 30 * 24),
    "login_attempts": (1, 1000),
    "files_port": (0, 65535),
    "download_link_hours": (1, 7 * 24),
    "upload_max_gib": (1, 1024),
    "attachment_max_mib": (1, 100),
    "imap_port": (1, 65535),
}
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,59}")
_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def read_options(environment: Mapping[str, str] | None = None) -> Options:
    """Read the settings from ``environment`` (default: the process's) and the configuration file.

    Raises:
        SettingError: an unknown name, or a value that cannot be.
    """
    env = os.environ if environment is None else environment
    known = {f.name: f for f in fields(Options)}
    path, from_file = _read_file(env)
    _refuse_unknown(env, path, from_file, known)
    hints = get_type_hints(Options)
    values: dict[str, Any] = {}
    for name, spec in known.items():
        variable = variable_of(name)
        if variable in env:
            values[name] = _read(env[variable], hints[name], variable)
        elif name in from_file:
            values[name] = _read(from_file[name], hints[name], f"{name} in {path}")
        else:
            values[name] = default_of(spec)
    options = Options(**values)
    _check(options)
    return options


def variable_of(name: str) -> str:
    """Give the environment variable of a setting."""
    return f"TORHAUS_{name.upper()}"


def default_of(spec: "Field[Any]") -> Any:
    """Give the default of a setting."""
    assert spec.default is not MISSING  # noqa: S101 - every option has one, by _opt
    return spec.default


def _read_file(env: Mapping[str, str]) -> tuple[Path, dict[str, Any]]:
    path = Path(env.get("TORHAUS_CONFIG", "torhaus.toml"))
    if path.is_file():
        try:
            return path, tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingError(f"{path}: {error}") from error
    if "TORHAUS_CONFIG" in env:
        raise SettingError(f"TORHAUS_CONFIG names {path}, which is no file")
    return path, {}


def _refuse_unknown(env: Mapping[str, str], path: Path, from_file: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    if unknown := sorted(set(from_file) - set(known)):
        raise SettingError(f"{path}: unknown setting {unknown[0]!r}{_nearest(unknown[0], known)}")
    variables = {"TORHAUS_CONFIG", *(variable_of(name) for name in known)}
    for name in sorted(env):
        # TORHAUS_TEST_… speaks to the tests, not to an installation.
        if name.startswith("TORHAUS_") and name not in variables and not name.startswith("TORHAUS_TEST_"):
            raise SettingError(f"unknown setting {name}{_nearest(name, variables)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    # The common prefix would make any two variables look alike.
    spellings = {spelling.removeprefix("TORHAUS_"): spelling for spelling in known}
    near = difflib.get_close_matches(name.removeprefix("TORHAUS_"), spellings, n=1)
    return f"; did you mean {spellings[near[0]]}?" if near else "; `torhaus settings` lists all"


def _check(options: Options) -> None:
    for name, choices in CHOICES.items():
        if getattr(options, name) not in choices:
            raise SettingError(f"{variable_of(name)} is {getattr(options, name)!r}; expected {' or '.join(choices)}")
    for name, (low, high) in RANGES.items():
        if not low <= getattr(options, name) <= high:
            raise SettingError(f"{variable_of(name)} is {getattr(options, name)}; expected {low} to {high}")
    if options.files_in == "s3" and not options.s3_bucket:
        raise SettingError("TORHAUS_FILES_IN is s3, but TORHAUS_S3_BUCKET names no bucket")
    if not _HEADER.fullmatch(options.address_header):
        raise SettingError(
            f"TORHAUS_ADDRESS_HEADER is {options.address_header!r}; expected a name such as Clientaddress"
        )
    for name in ("trusted_proxies", "metrics_from"):
        _check_networks(name, getattr(options, name))
    if urlsplit(options.public_url).scheme not in {"http", "https"} or not urlsplit(options.public_url).hostname:
        raise SettingError(f"TORHAUS_PUBLIC_URL is {options.public_url!r}; expected https://portal.example.com")
    if options.database_url and urlsplit(options.database_url).scheme not in {"postgresql", "postgres"}:
        # The value is not shown: it may hold a password.
        raise SettingError("TORHAUS_DATABASE_URL: expected postgresql://user:password@host/name")


def _check_networks(name: str, networks: Iterable[str]) -> None:
    for network in networks:
        try:
            ip_network(network, strict=False)
        except ValueError:
            raise SettingError(f"{variable_of(name)}: {network!r} is no network such as 10.0.0.0/8") from None


def _read(raw: Any, kind: Any, name: str) -> Any:
    if kind is bool:
        word = str(raw).strip().lower()
        if word not in _WORDS:
            raise SettingError(f"{name} is {raw!r}; expected true or false")
        return _WORDS[word]
    if kind is int:
        try:
            return int(str(raw))
        except ValueError:
            raise SettingError(f"{name} is {raw!r}; expected a whole number") from None
    if kind is Path:
        return Path(str(raw))
    if kind == tuple[str, ...]:
        parts = raw if isinstance(raw, list) else str(raw).split(",")
        return tuple(str(part).strip() for part in parts if str(part).strip())
    return str(raw)
