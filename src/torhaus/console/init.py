"""``torhaus init``: from nothing to an installation that can be served. Run again, it only adds what lacks."""

import sys
from typing import Annotated

import typer
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError

from torhaus.accounts.create_staff import StaffExists, UnknownStaff, create_staff
from torhaus.accounts.models import StaffRole
from torhaus.accounts.passwords import UnfitPassword
from torhaus.accounts.queries import has_staff
from torhaus.console.ground import ensure_data_dir, ensure_secret_key, migrate
from torhaus.console.words import CONSOLE, fail, say
from torhaus.core.random import password as random_password
from torhaus.frame.build import build
from torhaus.journeys.change_password import reset_staff_password
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.create_vendor import create_vendor
from torhaus.vendor.keys import NoSigningKey, UnreadableKey, active_signer
from torhaus.vendor.models import KeyPurpose
from torhaus.vendor.queries import NoVendor, the_vendor


def init(
    vendor_name: Annotated[str, typer.Option(help="Legal name of the vendor.")] = "",
    vendor_country: Annotated[str, typer.Option(help="Its country, two letters (ISO 3166).")] = "DE",
    vendor_mail: Annotated[str, typer.Option(help="Its mail address; else that of the first account.")] = "",
    token_prefix: Annotated[str, typer.Option(help="What licence tokens begin with: 2 to 16 letters.")] = "tor",  # noqa: S107 - no secret
    staff_mail: Annotated[str, typer.Option(help="Mail address of the first account, an administrator.")] = "",
    staff_name: Annotated[str, typer.Option(help="Name of that person.")] = "",
    new_password: Annotated[bool, typer.Option("--new-password", help="Give --staff-mail a new password.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; take the options.")] = False,
) -> None:
    """Make this installation ready: data folder, secret key, database, vendor, first account, signing key.

    Safe to run again at any time, and after every update: it keeps what is there and adds what lacks.
    A vendor's files (`torhaus import`) may bring the vendor later; then leave --vendor-name out.
    """
    ask = not yes and sys.stdin.isatty()
    _lay_ground()
    if new_password:
        _new_password(staff_mail or fail("--new-password needs --staff-mail"))
        return
    staff_mail, staff_name = _ensure_staff(staff_mail, staff_name, ask=ask)
    _ensure_vendor(vendor_name, vendor_country, vendor_mail or staff_mail, token_prefix, ask=ask)
    _ensure_signing_key()
    for reason in settings.REFUSALS:
        if not reason.startswith("TORHAUS_SECRET_KEY is not set"):
            say(f"before you serve: {reason}")
    say("Ready. Next: `torhaus import` your files, `torhaus check`, `torhaus serve`.")


def _lay_ground() -> None:
    try:
        say(f"data folder: {'made' if ensure_data_dir() else 'there'} ({settings.DATA_DIR})")
        say(f"secret key: {'made, keep a copy of it' if ensure_secret_key() else 'there'}")
    except OSError as error:
        fail(f"the data folder {settings.DATA_DIR} cannot be written: {error.strerror}; set TORHAUS_DATA_DIR")
    try:
        migrate()
    except DatabaseError as error:
        fail(f"the database does not answer: {str(error).strip()}; see TORHAUS_DATABASE_URL")
    say("database: up to date")
    say(f"static files: {'built' if build() else 'there'}")


def _ensure_staff(mail: str, name: str, *, ask: bool) -> tuple[str, str]:
    if has_staff():
        say("first account: there")
        return mail, name
    if not mail and ask:
        mail = typer.prompt("Your mail address (first account, an administrator)")
        name = name or typer.prompt("Your name")
    if not mail:
        say("first account: none; run `torhaus init --staff-mail you@example.com`")
        return "", ""
    chosen = ""
    if ask:
        chosen = typer.prompt("Password, 15 characters or more (empty: make one)", default="", hide_input=True,
                              show_default=False)  # fmt: skip
    password = chosen or random_password()
    try:
        create_staff(mail=mail, name=name or mail, role=StaffRole.ADMINISTRATOR, password=password, by=CONSOLE)
    except ValidationError:
        fail(f"{mail!r} is no mail address")
    except StaffExists:
        fail(f"{mail} is the address of a customer's person or of a closed account; name another with --staff-mail")
    except UnfitPassword as error:
        fail(str(error))
    say(f"first account: made, {mail}")
    if not chosen:
        say(f"its password, shown only now: {password}")
    return mail, name


def _new_password(mail: str) -> None:
    password = random_password()
    try:
        reset_staff_password(mail=mail, password=password, by=CONSOLE)
    except UnknownStaff:
        fail(f"nobody of the staff has the address {mail}")
    say(f"new password of {mail}, shown only now: {password}")


def _ensure_vendor(name: str, country: str, mail: str, prefix: str, *, ask: bool) -> None:
    try:
        say(f"vendor: there ({the_vendor().legal_name})")
    except NoVendor:
        if not name and ask:
            name = typer.prompt(
                "Legal name of the vendor (empty: its files come later)", default="", show_default=False
            )
        if not name:
            say("vendor: none; `torhaus import` brings it, or `torhaus init --vendor-name …`")
            return
        try:
            create_vendor(
                legal_name=name, country=country, mail=mail, token_prefix=prefix, language="de" if country == "DE" else "en",
                by=CONSOLE,
            )  # fmt: skip
        except ValidationError as error:
            fail("the vendor's profile: " + "; ".join(f"{key}: {' '.join(v)}" for key, v in error.message_dict.items()))
        say(f"vendor: made, {name}")


def _ensure_signing_key() -> None:
    for purpose, subject in ((KeyPurpose.LICENCE, "signing key"), (KeyPurpose.RELEASE, "signing key of releases")):
        try:
            say(f"{subject}: there ({active_signer(purpose).kid})")
        except NoSigningKey:
            say(f"{subject}: made ({create_signing_key(by=CONSOLE, purpose=purpose).kid})")
        except UnreadableKey as error:
            fail(str(error))
