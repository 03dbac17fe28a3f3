"""The command line of torhaus-licence: what may be said, and where a setting comes from that was not said.

An option stands before the environment, that before the product's file. The file is looked for beside the command only,
never in the current directory: whoever could place one there would be sent the licence token.
"""

import argparse
import os
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NoReturn

from torhaus_sdk.console_texts import told

LANGUAGES = ("de", "en")
CONFIG = "torhaus-licence.toml"
PATHS = ("state", "keys")
NAMES = ("server", "product", "state", "keys", "proxy", "language", "version", "released_on", "environment")


class WrongUsage(Exception):
    """The command cannot be understood, or a setting is missing; the text says which."""


@dataclass(frozen=True)
class Settings:
    """With what the client works. ``version``, ``released_on`` and ``environment`` come from the product's file."""

    server: str
    product: str
    state: Path
    keys: Path
    proxy: str = ""
    language: str = "en"
    version: str = ""
    released_on: date | None = None
    environment: str = ""


def language_of(words: Sequence[str], env: Mapping[str, str]) -> str:
    """Give the language before anything else is read, so that wrong usage is told in it, too."""
    for place, said in enumerate(words):
        if said.startswith("--language="):
            return _known(said.partition("=")[2]) or "en"
        if said == "--language" and place + 1 < len(words):
            return _known(words[place + 1]) or "en"
    for name in ("TORHAUS_LICENCE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if env.get(name):
            return _known(env[name]) or "en"
    return "en"


def _known(text: str) -> str:
    return text[:2].lower() if text[:2].lower() in LANGUAGES else ""


def settings_from(said: argparse.Namespace, env: Mapping[str, str], *, needs: Sequence[str] = ()) -> Settings:
    """Put the settings together.

    Raises:
        WrongUsage: the product's file is not good, or something without which nothing works was not said.
    """
    language = said.chosen
    values = _from_file(said, env, language)
    for name in NAMES:
        if text := getattr(said, name, None) or env.get(f"TORHAUS_LICENCE_{name.upper()}"):
            values[name] = text
    for name in needs:
        if not values.get(name):
            raise WrongUsage(told("setting_missing", language, name=name, upper=name.upper()))
    released = values.get("released_on", "")
    return Settings(
        server=values.get("server", ""),
        product=values.get("product", ""),
        state=Path(values.get("state", "")).expanduser(),
        keys=Path(values.get("keys", "")).expanduser(),
        proxy=values.get("proxy", ""),
        language=language,
        version=values.get("version", ""),
        released_on=day_from(released, language) if released else None,
        environment=values.get("environment", ""),
    )


def day_from(text: str, language: str) -> date:
    """Give the day that was said.

    Raises:
        WrongUsage: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUsage(told("no_day", language, text=text)) from None


def _from_file(said: argparse.Namespace, env: Mapping[str, str], language: str) -> dict[str, str]:
    named = said.config or env.get("TORHAUS_LICENCE_CONFIG")
    path = Path(named).expanduser() if named else Path(sys.argv[0]).resolve().parent / CONFIG
    if not named and not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise WrongUsage(told("config_unreadable", language, path=path, why=why)) from None
    if unknown := sorted(set(found) - set(NAMES)):
        names, known = ", ".join(unknown), ", ".join(NAMES)
        raise WrongUsage(told("config_unknown", language, path=path, names=names, known=known))
    texts = {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}
    if wrong := sorted(name for name, value in texts.items() if not isinstance(value, str)):
        raise WrongUsage(told("config_no_text", language, path=path, names=", ".join(wrong)))
    for name in PATHS:  # they are the product's, so they lie beside its file
        if texts.get(name):
            texts[name] = str(path.resolve().parent / Path(texts[name]).expanduser())
    return texts


class _Parser(argparse.ArgumentParser):
    """argparse in two languages; its own texts are English only."""

    language = "en"

    def format_usage(self) -> str:
        return self._in_language(super().format_usage())

    def format_help(self) -> str:
        return self._in_language(super().format_help())

    def _in_language(self, text: str) -> str:
        return re.sub(r"^usage: ", told("usage", self.language), text, count=1)

    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{self.format_usage()}{_in_german(message) if self.language == 'de' else message}")


_GERMAN = (
    (r"the following arguments are required: (.*)", r"es fehlt: \1"),
    (r"unrecognized arguments: (.*)", r"unbekannt: \1"),
    (r"argument (\S+): expected one argument", r"\1 braucht einen Wert"),
    (r"argument (\S+): invalid choice: (.*) \(choose from (.*)\)", r"\1: \2 gibt es nicht; möglich sind \3"),
)


def _in_german(message: str) -> str:
    for pattern, text in _GERMAN:
        if found := re.fullmatch(pattern, message):
            return found.expand(text)
    return message


def parser(language: str, prog: str = "torhaus-licence") -> argparse.ArgumentParser:
    """Give the parser, its texts in ``language``."""
    kind = type("_Parser", (_Parser,), {"language": language})
    whole = _made(kind, language, prog=prog, description=told("about", language))
    whole.epilog = told("epilog", language)
    whole.formatter_class = argparse.RawDescriptionHelpFormatter
    whole.add_argument("--version", action="version", version=_version(), help=told("help_version", language))
    _shared(whole, language, default=None)
    commands: Any = whole.add_subparsers(
        dest="command", metavar="COMMAND", title=told("commands", language), required=True, parser_class=kind
    )

    def command(name: str, of: Any = None) -> argparse.ArgumentParser:
        text = told(f"help_{'seats_' if of else ''}{name.replace('-', '_')}", language)
        one: argparse.ArgumentParser = (of or commands).add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", add_help=False
        )
        _titled(one, language)
        _shared(one, language, default=argparse.SUPPRESS)
        return one

    _commands(command, language)
    whole.set_defaults(chosen=language)
    return whole


def _made(kind: type[argparse.ArgumentParser], language: str, **values: Any) -> argparse.ArgumentParser:
    one = kind(add_help=False, **values)
    _titled(one, language)
    return one


def _titled(one: argparse.ArgumentParser, language: str) -> None:
    one._positionals.title = told("arguments", language)  # noqa: SLF001 - argparse has no other way to its headings
    one._optionals.title = told("options", language)  # noqa: SLF001 - argparse has no other way to its headings
    one.add_argument("-h", "--help", action="help", help=told("help", language))


def _shared(one: argparse.ArgumentParser, language: str, *, default: Any) -> None:
    for name, metavar in (
        ("config", "FILE"), ("state", "FILE"), ("server", "URL"), ("product", "KEY"), ("keys", "FILE"), ("proxy", "URL"),
    ):  # fmt: skip
        one.add_argument(f"--{name}", metavar=metavar, default=default, help=told(f"help_{name}", language))
    one.add_argument("--language", choices=LANGUAGES, default=default, help=told("help_language", language))
    absent = False if default is None else default
    one.add_argument("--json", action="store_true", default=absent, help=told("help_json", language))


def _commands(command: Any, language: str) -> None:
    def flag(one: argparse.ArgumentParser, name: str, text: str, **values: Any) -> None:
        one.add_argument(name, action="store_true", help=told(text, language), **values)

    token = command("set-token")
    token.add_argument("--token", dest="given", metavar="TOKEN", help=told("help_token", language))
    flag(token, "--check", "help_then_check")
    flag(token, "--activate", "help_take_place")
    flag(command("check"), "--activate", "help_take_place")
    command("status")
    install = command("install")
    install.add_argument("file", metavar="FILE", help=told("help_file", language))
    flag(install, "--yes", "help_yes")
    command("list")
    remove = command("remove")
    remove.add_argument("ids", metavar="ID", nargs="*", help=told("help_ids", language))
    flag(remove, "--all", "help_all")
    flag(remove, "--token", "help_remove_token", dest="and_token")
    flag(remove, "--yes", "help_yes")
    usage = command("usage")
    usage.add_argument("readings", metavar="METER=QUANTITY", nargs="*", help=told("help_readings", language))
    usage.add_argument("--kind", choices=("gauge", "counter"), default="", help=told("help_kind", language))
    activate = command("activate")
    activate.add_argument("--name", help=told("help_name", language), default="")
    flag(command("deactivate"), "--keep", "help_keep")
    command("machine")
    _seats(command("seats"), command, language)


def _seats(seats: argparse.ArgumentParser, command: Any, language: str) -> None:
    deeds: Any = seats.add_subparsers(
        dest="deed", metavar="COMMAND", title=told("commands", language), required=True, parser_class=type(seats)
    )

    def option(one: argparse.ArgumentParser, name: str, text: str, **values: Any) -> None:
        one.add_argument(name, default="", help=told(text, language), **values)

    command("account", of=deeds)
    listed = command("list", of=deeds)
    option(listed, "--kind", "help_seat_kind", metavar="KIND")
    option(listed, "--created-by", "help_guests_of", metavar="SEAT")
    assign, reassign = command("assign", of=deeds), command("reassign", of=deeds)
    assign.add_argument("kind", metavar="KIND", help=told("help_seat_kind", language))
    reassign.add_argument("seat", metavar="SEAT", help=told("help_seat", language))
    for one in (assign, reassign):
        option(one, "--name", "help_holder_name")
        option(one, "--mail", "help_mail")
        option(one, "--organisation", "help_organisation")
    option(assign, "--ends-on", "help_ends_on", metavar="DAY")
    option(assign, "--created-by", "help_created_by", metavar="SEAT")
    extend, release = command("extend", of=deeds), command("release", of=deeds)
    for one in (extend, release):
        one.add_argument("seat", metavar="SEAT", help=told("help_seat", language))
    option(extend, "--ends-on", "help_extend_to", metavar="DAY")
    release.add_argument("--yes", action="store_true", help=told("help_yes", language))


def _version() -> str:
    try:
        return f"torhaus-licence {version('torhaus-sdk')}"
    except PackageNotFoundError:
        return "torhaus-licence"


def environment() -> Mapping[str, str]:
    """Give the environment of this process."""
    return os.environ
