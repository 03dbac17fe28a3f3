"""The command ``torhaus``: names its subcommands and loads one only when it is called.

Exit codes: 0 done, 1 failed or found something, 2 wrong usage.
"""

import functools
import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django
import typer
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, ProgrammingError
from typer.core import TyperCommand, TyperGroup

EPILOG = "Exit codes: 0 done, 1 failed or found something, 2 wrong usage. Settings: TORHAUS_* or torhaus.toml."


@dataclass(frozen=True)
class Entry:
    """A subcommand: where its function stands, and what help says of it."""

    summary: str
    function: str
    examples: tuple[str, ...]
    # Commands that mend or show settings run even with settings nobody should serve with.
    needs_safe_settings: bool = True
    hidden: bool = False
    not_ready: int = 1  # exit code where settings or database keep it from running


COMMANDS = {
    "init": Entry(
        "Make this installation ready: data folder, database, vendor, staff, signing key.",
        "torhaus.console.init:init",
        ("torhaus init", "torhaus init --vendor-name 'Acme Software GmbH' --staff-mail ada@acme.example --yes"),
        needs_safe_settings=False,
    ),
    "serve": Entry(
        "Serve the portal.",
        "torhaus.console.serve:serve",
        ("torhaus serve", "torhaus serve --port 8080"),
    ),
    "worker": Entry(
        "Do the background work: mails, seals, schedule.",
        "torhaus.console.worker:worker",
        ("torhaus worker",),
    ),
    "demo": Entry(
        "Load the demo vendor and serve it on this machine.",
        "torhaus.console.demo:demo",
        ("torhaus demo", "torhaus demo --no-serve --json"),
    ),
    "import": Entry(
        "Load a vendor's files.",
        "torhaus.console.import_command:import_command",
        ("torhaus import vendor/ --dry-run", "torhaus import vendor/", "torhaus import invoices.csv --json"),
    ),
    "publish": Entry(
        "Publish a version of a product, or add files to one.",
        "torhaus.console.publish:publish",
        (
            "torhaus publish --product acme-cmdb --version 34.2 --kind installation acme-cmdb-34.2.zip",
            "torhaus publish --product acme-cmdb --version 34.2 installation=full.zip update=update.zip --sbom sbom.json",
            "torhaus publish --product acme-cmdb --version 34.2 --notes de=notes.de.md --notes en=notes.en.md",
        ),
    ),
    "publish-addon": Entry(
        "Publish a version of an add-on from its ZIP.",
        "torhaus.console.publish_addon:publish_addon",
        ("torhaus publish-addon floorplan-1.4.zip", "torhaus publish-addon floorplan-1.4.zip --channel beta --json"),
    ),
    "issue-token": Entry(
        "Issue a licence token for a contract.",
        "torhaus.console.issue_token:issue_token_command",
        ("torhaus issue-token V-2026-0117", "torhaus issue-token V-2026-0117 --overlap 24h --json"),
    ),
    "reset-factors": Entry(
        "Help somebody who lost app, passkeys and recovery codes.",
        "torhaus.console.reset_factors:reset_factors",
        ("torhaus reset-factors ada@acme.example",),
    ),
    "rotate-key": Entry(
        "Make a new signing key, or end a leaked one.",
        "torhaus.console.rotate_key:rotate_key_command",
        ("torhaus rotate-key --publish-first 30", "torhaus rotate-key", "torhaus rotate-key --distrust KID"),
    ),
    "verify": Entry(
        "Say what a licence file contains, and whether it is valid.",
        "torhaus.console.verify:verify_command",
        ("torhaus verify licence.txt", "torhaus verify - --keys jwks.json --audience acme < licence.txt"),
        needs_safe_settings=False,
    ),
    "receive-mail": Entry(
        "Take a mail from standard input into its ticket.",
        "torhaus.console.receive_mail:receive_mail_command",
        ("torhaus receive-mail < mail.eml",),
        not_ready=75,  # sysexits.h: the mail server keeps the mail and tries again
    ),
    "check": Entry(
        "Find what is wrong with this installation, and say how to mend it.",
        "torhaus.console.check:check",
        ("torhaus check", "torhaus check --mail ada@acme.example", "torhaus check --audit --head head.txt"),
        needs_safe_settings=False,
    ),
    "embedded-worker": Entry(
        "Do the background work beside a server.", "torhaus.console.embedded_worker:embedded_worker", (), hidden=True
    ),
    "send-files": Entry("Send files beside a server.", "torhaus.console.files_process:send_files", (), hidden=True),
    "settings": Entry(
        "List the settings with their values; secrets stay hidden.",
        "torhaus.console.list_settings:list_settings",
        ("torhaus settings", "torhaus settings --json"),
        needs_safe_settings=False,
    ),
}


class LazyCommand(TyperCommand):
    """Stands for a subcommand until it is called; then sets up Django and steps aside."""

    def __init__(self, name: str, entry: Entry) -> None:
        super().__init__(name, help=entry.summary, hidden=entry.hidden)
        self.entry = entry

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Give the context of the real command."""
        asks_for_help = "--help" in args
        try:
            set_up(refuse_unsafe=self.entry.needs_safe_settings and not asks_for_help)
        except typer.Exit as end:
            raise typer.Exit(self.entry.not_ready) from end
        module, function = self.entry.function.split(":")
        single = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)
        examples = "**Examples**\n\n" + "\n\n".join(f"`{example}`" for example in self.entry.examples)
        single.command(self.name, epilog=examples)(guarded(getattr(importlib.import_module(module), function)))
        return typer.main.get_command(single).make_context(info_name, args, parent=parent, **extra)


class Commands(TyperGroup):
    """The subcommands, in the order in which an installation needs them."""

    def __init__(self, **attrs: Any) -> None:
        attrs["commands"] = {name: LazyCommand(name, entry) for name, entry in COMMANDS.items()}
        super().__init__(**attrs)


app = typer.Typer(
    name="torhaus",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.callback(epilog=EPILOG)
def torhaus() -> None:
    """Customer portal and licence centre of a software vendor."""


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command end with one sentence when the database is not there or not ready."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            sys.stderr.write(
                f"torhaus: the database refuses: {str(error).strip()}\ntorhaus: `torhaus check` says more\n"
            )
            raise typer.Exit(1) from error

    return run


def set_up(*, refuse_unsafe: bool) -> None:
    """Set up Django; end with the reason where the settings cannot be, or must not be served with."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")
    try:
        django.setup()
        reasons = django.conf.settings.REFUSALS
    except (ValueError, ImproperlyConfigured) as error:
        reasons, refuse_unsafe = [str(error)], True
    if reasons and refuse_unsafe:
        for reason in reasons:
            sys.stderr.write(f"torhaus: {reason}\n")
        raise typer.Exit(1)


if __name__ == "__main__":
    app(prog_name="torhaus")
