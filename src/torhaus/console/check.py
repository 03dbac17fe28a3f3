"""``torhaus check``: the configuration doctor, and the audit of the records."""

import smtplib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.core.mail import EmailMessage

from torhaus.console.audit import check_audit, export_head
from torhaus.console.findings import Finding, look
from torhaus.console.words import fail, say, say_json
from torhaus.licensing.kept_check import forget_kept_licences
from torhaus.seats.lookup import look_up_anew, says_what_seats_say
from torhaus.seats.tallies import recount_seats


def check(
    audit: Annotated[bool, typer.Option("--audit", help="Check the chain of records instead.")] = False,
    head: Annotated[
        Path | None, typer.Option(exists=True, help="With --audit: signed heads kept elsewhere, a file or a folder.")
    ] = None,
    export: Annotated[bool, typer.Option("--export-head", help="Sign the end of the chain and write it.")] = False,
    to: Annotated[Path | None, typer.Option(help="With --export-head: the file to write.")] = None,
    mail: Annotated[str, typer.Option(help="Send a test mail to this address instead.")] = "",
    derive: Annotated[
        bool, typer.Option("--derive-licences", help="Have all kept licences derived anew at their next use.")
    ] = False,
    recount: Annotated[
        bool, typer.Option("--recount-seats", help="Count held seats anew where a kept number is wrong.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Find what is wrong with this installation, and say how to mend it.

    Ends with code 1 if there is an error; warnings alone give 0. --audit finds records that
    were edited, removed or added; with --head also a history that was cut short or rewritten.
    """
    if (head and not audit) or (to and not export):
        raise typer.BadParameter("--head goes with --audit, and --to with --export-head")
    if derive:
        say(f"{forget_kept_licences()} kept licences are derived anew at their next use")
        well = True
    elif recount:
        well = _recount()
    elif export:
        well = export_head(to=to)
    elif audit:
        well = check_audit(head=head, as_json=as_json)
    elif mail:
        well = _send(mail)
    else:
        well = _doctor(as_json=as_json)
    if not well:
        raise typer.Exit(1)


def _recount() -> bool:
    say(f"{recount_seats()} numbers of seats were set right")
    if not says_what_seats_say():
        look_up_anew()
        say("what searches of seats look up was made anew")
    return True


def _doctor(*, as_json: bool) -> bool:
    found = list(look())
    if as_json:
        say_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            _show(finding)
    return not any(finding.level == "error" for finding in found)


def _show(finding: Finding) -> None:
    color = {"ok": typer.colors.GREEN, "warning": typer.colors.YELLOW, "error": typer.colors.RED}[finding.level]
    level = typer.style(f"{finding.level:8}", fg=color) if sys.stdout.isatty() else f"{finding.level:8}"
    say(f"{level} {finding.subject}: {finding.said}")
    if finding.mend:
        say(f"         mend: {finding.mend}")


def _send(address: str) -> bool:
    message = EmailMessage(
        "Test mail of Torhaus",
        f"This mail was sent by `torhaus check --mail` of {settings.OPTIONS.public_url}.",
        to=[address],
    )
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        fail(f"the mail server {settings.OPTIONS.smtp_host}:{settings.OPTIONS.smtp_port} refuses: {error}")
    where = settings.EMAIL_FILE_PATH if settings.OPTIONS.mail_mode == "files" else address
    say(f"sent to {where}")
    return True
