"""``torhaus demo``: the demo vendor on this machine, with a way in for every persona.

A second start finds everything as it was and only serves.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings

from torhaus.accounts.create_staff import StaffExists, create_staff
from torhaus.accounts.models import StaffRole
from torhaus.console import demo_people, demo_releases
from torhaus.console.demo_desk import load_demo_desk
from torhaus.console.demo_education import load_demo_education
from torhaus.console.demo_installations import load_demo_installations
from torhaus.console.demo_seats import load_demo_seats
from torhaus.console.demo_support import load_demo_support
from torhaus.console.ground import (
    digest_of,
    ensure_data_dir,
    ensure_secret_key,
    migrate,
    migrations_digest,
    set_stamp,
    stamp_of,
    write_private,
)
from torhaus.console.serve import require_free, run_server
from torhaus.console.words import CONSOLE, fail, progress, say, say_json
from torhaus.core import clock
from torhaus.core.random import password as random_password
from torhaus.frame.build import build
from torhaus.journeys.change_password import reset_staff_password
from torhaus.journeys.import_data import run_import
from torhaus.journeys.import_data.demo import SOURCE, demo_folder, personas
from torhaus.journeys.issue_token import issue_token
from torhaus.subscriptions.queries import contract_numbered_across_customers
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.keys import NoSigningKey, active_signer
from torhaus.vendor.queries import NoVendor, the_vendor

LOGINS = "demo-login.txt"
PEOPLE = "/login/"  # the page where customers' people sign in by name
STAFF = {
    StaffRole.ADMINISTRATOR: "Ada Amann",
    StaffRole.SALES: "Samir Saleh",
    StaffRole.BILLING: "Bianca Brandt",
    StaffRole.SUPPORT: "Sven Sommer",
    StaffRole.RELEASE_MANAGER: "Ruth Richter",
}


@dataclass(frozen=True)
class Login:
    """What one person of the demo logs in with."""

    who: str
    page: str
    with_what: str


def demo(
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it, or only load it.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Write the logins as JSON.")] = False,
) -> None:
    """Load the demo vendor and serve it on this machine; says what each persona logs in with.

    The demo speaks plain HTTP and listens on this machine only.
    """
    options = settings.OPTIONS
    if options.production:
        fail("the demo is not for production; unset TORHAUS_PRODUCTION, or use `torhaus init`")
    if serve:
        require_free(options.bind, options.port)
    logins = prepare()
    if as_json:
        say_json([asdict(login) for login in logins])
    else:
        _show(logins, f"http://localhost:{options.port}")
    if serve:
        run_server(options.bind, options.port)


def prepare() -> list[Login]:
    """Bring the demo up to this version of the package and give the logins; quick if nothing changed."""
    ensure_data_dir()
    ensure_secret_key()
    if stamp_of("migrations") != migrations_digest():
        progress("Preparing the database …")
        migrate()
        set_stamp("migrations", migrations_digest())
    build()
    code = (Path(demo_releases.__file__), Path(demo_people.__file__))
    inputs = digest_of(path for path in (*SOURCE.rglob("*"), *code) if path.is_file())
    known = _kept()
    if stamp_of("demo") == inputs and known:
        return known
    _refuse_foreign_data()
    progress("Loading the demo vendor …")
    # Later versions of the demo keep the days of the first, so that contracts do not move.
    day = date.fromisoformat(stamp_of("demo-day") or clock.today("Europe/Berlin").isoformat())
    set_stamp("demo-day", day.isoformat())
    folder = demo_folder(day)
    run_import([folder], by=CONSOLE)
    _ensure_signing_key()
    demo_releases.publish_demo_releases(day)
    logins = [*_tokens(folder), *_staff(), *_people(known)]
    load_demo_support()
    load_demo_desk()
    load_demo_installations()
    load_demo_seats()
    load_demo_education()
    _keep(logins)
    set_stamp("demo", inputs)
    return logins


def _refuse_foreign_data() -> None:
    try:
        vendor = the_vendor()
    except NoVendor:
        return
    if not stamp_of("demo"):
        fail(
            f"{settings.DATA_DIR} holds the data of {vendor.legal_name}, which the demo would mix with; "
            "set TORHAUS_DATA_DIR to another folder"
        )


def _ensure_signing_key() -> None:
    try:
        active_signer()
    except NoSigningKey:
        create_signing_key(by=CONSOLE)


def _tokens(folder: Path) -> Iterator[Login]:
    for persona in personas(folder):
        contract = contract_numbered_across_customers(persona.contract)
        if contract is None:
            fail(f"a persona of the demo names contract {persona.contract}, which is not there")
        issued = issue_token(contract_ref=contract.ref, prefix=the_vendor().token_prefix, by=CONSOLE)
        yield Login(persona.name, "/", issued.token.text)


def _staff() -> Iterator[Login]:
    domain = the_vendor().mail.split("@")[-1]
    for role, name in STAFF.items():
        mail, password = f"{role}@{domain}", random_password()
        try:
            create_staff(mail=mail, name=name, role=role, password=password, by=CONSOLE)
        except StaffExists:
            reset_staff_password(mail=mail, password=password, by=CONSOLE, told=False)
        yield Login(f"{name}, {role.label.lower()}", "/staff/", f"{mail}  {password}")


def _people(known: list[Login]) -> Iterator[Login]:
    kept = dict(login.with_what.split() for login in known if login.page == PEOPLE)
    for one, password in demo_people.load_demo_people(kept):
        yield Login(f"{one.name}, {one.role.label.lower()}", PEOPLE, f"{one.mail}  {password}")


def _keep(logins: list[Login]) -> None:
    lines = (f"{login.who}\t{login.page}\t{login.with_what}\n" for login in logins)
    write_private(settings.DATA_DIR / LOGINS, "".join(lines))


def _kept() -> list[Login]:
    try:
        lines = (settings.DATA_DIR / LOGINS).read_text("utf-8").splitlines()
        return [Login(*line.split("\t")) for line in lines]
    except (OSError, TypeError):
        return []


def _show(logins: list[Login], address: str) -> None:
    # No table: a token broken over two lines cannot be copied.
    headings = {
        "/": "Customers log in with a licence token",
        PEOPLE: "Their people with mail and password",
        "/staff/": "Staff with mail and password",
    }
    for page, heading in headings.items():
        say(f"\n{heading}, at {address}{page}\n")
        for login in logins:
            if login.page == page:
                say(f"  {login.who}\n      {login.with_what}")
    say("\nHere a password is enough for staff; in production they need an authenticator app or a passkey as well.")
    say(f"\nTorhaus answers at {address} on this machine, over plain HTTP. Stop it with Ctrl-C.")
    say(f"The logins are kept in {settings.DATA_DIR / LOGINS}\n")
