"""Every setting of Torhaus: its name, type, default and meaning, in this one place.

A setting ``x`` is read from the environment variable ``TORHAUS_X``, else from
``torhaus.toml`` (``TORHAUS_CONFIG`` names another file), else it has its default.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints


class SettingError(ValueError):
    """A setting has a value that cannot be; the message names it and says what was expected."""


def _opt(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True)
class Options:
    """The settings, typed. ``doc`` of each is what ``docs/settings.md`` says."""

    production: bool = _opt(False, "Refuse to start with unsafe settings. Set it on every public installation.")
    secret_key: str = _opt("", "Key of sessions, token hashes and encrypted keys: 50 random characters or more.")
    data_dir: Path = _opt(Path("var"), "Folder of the SQLite database, stored files, mail files and audit heads.")
    database_url: str = _opt("", "`postgresql://user:password@host/name`; empty means SQLite in the data folder.")
    hosts: tuple[str, ...] = _opt(("localhost", "127.0.0.1", "[::1]"), "Host names the portal answers to.")
    public_url: str = _opt("http://localhost:8000", "Address customers use, for links in mails.")
    https: bool = _opt(False, "Served over HTTPS: `__Host-` cookies, HSTS. Required in production.")
    trusted_proxies: tuple[str, ...] = _opt((), "Networks whose `X-Forwarded-For` is believed, e.g. `10.0.0.0/8`.")
    bind: str = _opt("127.0.0.1", "Address to listen on.")
    port: int = _opt(8000, "Port to listen on.")
    workers: int = _opt(2, "Server processes.")
    threads: int = _opt(0, "Threads a server process; 0 means 1 on SQLite and 3 on PostgreSQL.")
    embedded_worker: bool = _opt(True, "Run the background worker beside `torhaus serve` (SQLite only).")
    session_idle_minutes: int = _opt(60, "Minutes without a request after which a session ends.")
    session_hours: int = _opt(12, "Hours after which a session ends in any case.")
    login_attempts: int = _opt(10, "Failed sign-ins from one address within ten minutes before it has to wait.")
    mail_mode: str = _opt("files", "`smtp` sends mail; `files` writes it into the data folder and shows it on a page.")
    mail_from: str = _opt("portal@localhost", "Sender address of mails.")
    smtp_host: str = _opt("localhost", "Mail server.")
    smtp_port: int = _opt(25, "Port of the mail server.")
    smtp_user: str = _opt("", "User at the mail server, if it wants one.")
    smtp_password: str = _opt("", "Password at the mail server.")
    smtp_tls: str = _opt("none", "`none`, `starttls` or `tls`.")
    log_level: str = _opt("INFO", "`DEBUG`, `INFO`, `WARNING` or `ERROR`; logs are JSON lines on standard error.")


SECRETS = frozenset({"secret_key", "database_url", "smtp_password"})


def read_options(environment: Mapping[str, str] | None = None) -> Options:
    """Read the settings from ``environment`` (default: the process's) and the configuration file.

    Raises:
        SettingError: an unknown name, or a value of the wrong type.
    """
    env = os.environ if environment is None else environment
    path = Path(env.get("TORHAUS_CONFIG", "torhaus.toml"))
    from_file: dict[str, Any] = {}
    if path.is_file():
        try:
            from_file = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingError(f"{path}: {error}") from error
    elif "TORHAUS_CONFIG" in env:
        raise SettingError(f"TORHAUS_CONFIG names {path}, which is no file")
    known = {f.name: f for f in fields(Options)}
    if unknown := sorted(set(from_file) - set(known)):
        raise SettingError(f"{path}: unknown setting {unknown[0]!r}; docs/settings.md lists all")
    hints = get_type_hints(Options)
    values: dict[str, Any] = {}
    for name, spec in known.items():
        variable = f"TORHAUS_{name.upper()}"
        if variable in env:
            values[name] = _read(env[variable], hints[name], variable)
        elif name in from_file:
            values[name] = _read(from_file[name], hints[name], f"{name} in {path}")
        else:
            values[name] = default_of(spec)
    return Options(**values)


def default_of(spec: "Field[Any]") -> Any:
    """Give the default of a setting."""
    assert spec.default is not MISSING  # noqa: S101 - every option has one, by _opt
    return spec.default


def _read(raw: Any, kind: Any, name: str) -> Any:
    if kind is bool:
        if isinstance(raw, bool):
            return raw
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }
        if str(raw).strip().lower() in words:
            return words[str(raw).strip().lower()]
        raise SettingError(f"{name} is {raw!r}; expected true or false")
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
