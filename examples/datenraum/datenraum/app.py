"""The web application: a plain WSGI app whose rules about users are those of the portal, asked by the SDK."""

import os
from collections.abc import Callable, Iterable, Iterator
from html import escape
from http import HTTPStatus
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from datenraum.store import Store
from datenraum.texts import text
from torhaus_sdk.account import Seat, SeatReport
from torhaus_sdk.client import Client
from torhaus_sdk.errors import LicenceError

FULL, GUEST, ROOM = (os.environ.get(name, name.lower()) for name in ("FULL", "GUEST", "ROOM"))
Form = dict[str, str]


def client_from_environment(language: str) -> Client:
    """Give the client of the portal in a language; the token is saved at the start, as an administrator would."""
    client = Client(
        os.environ["PORTAL"],
        os.environ["PRODUCT"],
        keys=Path(os.environ["KEYS"]).read_text("utf-8"),
        state_file=Path(os.environ.get("DATA", ".")) / "licence.json",
        timeout=20.0,
        language=language,
    )
    client.save_token(Path(os.environ["TOKEN_FILE"]).read_text("utf-8"))
    return client


class App:
    """Pages and deeds. Every page follows the portal's feed first."""

    def __init__(self, store: Store) -> None:
        self.clients = {language: client_from_environment(language) for language in ("en", "de")}
        self.seats, self.store = self.clients["en"].seats, store

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        path, said = environ["PATH_INFO"], _form(environ)
        language = "de" if "lang=de" in environ.get("QUERY_STRING", "") else "en"
        try:
            if environ["REQUEST_METHOD"] == "POST":
                status, page = self._do(environ, path, said, language)
            else:
                self.follow()
                status, page = self._page(path, said, language, self._me(environ))
        except LicenceError as error:  # what the portal refuses is told as the SDK says it
            status, page = HTTPStatus.CONFLICT, f"<p role=alert>{escape(error.message(language))}</p>"
        headers = [("Content-Type", "text/html; charset=utf-8")]
        if status == HTTPStatus.SEE_OTHER and path == "/sign-in":
            key = self.store.begin_session(said["seat"])
            headers.append(("Set-Cookie", f"session={key}; HttpOnly; SameSite=Lax; Path=/"))
        if status == HTTPStatus.SEE_OTHER:
            headers.append(("Location", page if "//" in page else f"{page}?lang={language}"))
        start(f"{int(status)} {status.phrase}", headers)
        return [_whole(page, language).encode()]

    def follow(self) -> None:
        """Do here what happened in the portal: whose seat was released loses what the product is to delete."""
        more = True
        while more:
            found = self.seats.changes(self.store.cursor)
            self.store.apply(found.events, found.cursor)
            more = found.more

    def _me(self, environ: dict[str, Any]) -> str:
        """Give the seat of whoever is signed in."""
        found = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("session")
        return self.store.seat_of(found.value) if found else ""

    def _page(self, path: str, said: Form, language: str, me: str) -> tuple[HTTPStatus, str]:
        pages: dict[str, Callable[[str], Iterator[str]]] = {
            "/": self._boxes,
            "/users": self._users,
            "/guests": lambda one: self._guests(me, one),
            "/settings/account/price-plan": self._price_plan,
            "/users/release": lambda one: self._sure(said.get("seat", ""), one),
        }
        if path not in pages:
            return HTTPStatus.NOT_FOUND, f"<p>{text('not_there', language)}</p>"
        return HTTPStatus.OK, "".join(pages[path](language))

    def _do(self, environ: dict[str, Any], path: str, said: Form, language: str) -> tuple[HTTPStatus, str]:
        if environ.get("HTTP_ORIGIN", "").partition("//")[2] != environ.get("HTTP_HOST"):
            return HTTPStatus.FORBIDDEN, f"<p>{text('foreign', language)}</p>"
        deeds: dict[str, Callable[[Form], str]] = {
            "/users/assign": self._assign,
            "/users/reassign": self._reassign,
            "/users/release": self._release,
            "/users/second-factor": self._add_factor,
            "/sign-in": self._sign_in,
            "/guests": lambda one: self._add_guest(one, self._me(environ)),
            "/settings/account/book-more": lambda one: self._book_more(one, self._me(environ)),
            "/rooms": self._add_room,
            "/boxes": self._add_box,
            "/files": self._add_file,
        }
        self.follow()
        onward = deeds[path](said) if path in deeds else ""
        if not onward:
            return HTTPStatus.NOT_FOUND, f"<p>{text('not_there', language)}</p>"
        return HTTPStatus.SEE_OTHER, onward

    def _assign(self, said: Form) -> str:
        self.seats.assign(said.get("kind", FULL), name=said.get("name", ""), mail=said.get("mail", ""))
        return "/users"

    def _reassign(self, said: Form) -> str:
        self.seats.reassign(said["seat"], name=said.get("name", ""), mail=said.get("mail", ""))
        self.store.end_sessions(said["seat"])  # at once (B88); what happens in the portal comes by the feed
        return "/users"

    def _release(self, said: Form) -> str:
        self.seats.release(said["seat"])
        self.store.end_sessions(said["seat"])
        return "/users"

    def _add_factor(self, said: Form) -> str:
        # Told only when it is set up: said again with every report, it would come back after it was removed.
        self.seats.report([SeatReport(said["seat"], second_factor=True)])
        self.store.add_factor(said["seat"])
        return "/users"

    def _sign_in(self, said: Form) -> str:
        return "/guests" if said.get("seat") in {one.ref for one in self.seats.all() if one.mail} else ""

    def _add_guest(self, said: Form, me: str) -> str:
        if me:
            self.seats.assign(GUEST, name=said.get("name", ""), mail=said.get("mail", ""), created_by=me)
        return "/guests"  # which says to whoever is not signed in that they are not

    def _book_more(self, said: Form, me: str) -> str:
        # Asked for when the button is pressed: the link works once, for ten minutes.
        return self.seats.booking_link(me, said.get("kind", FULL)).url if me else "/guests"

    def _add_room(self, said: Form) -> str:
        room = self.seats.assign(ROOM, name=said.get("name", ""))
        self.store.add_box(room.ref, said.get("name", ""))
        return "/"

    def _add_box(self, said: Form) -> str:
        box = self.store.add_box(said["seat"], said.get("name", ""))
        if guest := said.get("guest"):
            self.store.invite(box, guest)
        return "/"

    def _add_file(self, said: Form) -> str:
        self.store.add_file(int(said["box"]), said["seat"], said.get("name", ""), int(said["size"]))
        self.seats.report(self.store.storage(one.ref for one in self.seats.all()))
        return "/"

    def _boxes(self, language: str) -> Iterator[str]:
        holders = {one.ref: one for one in self.seats.all()}
        rows = [
            (str(box), title, _named(holders.get(seat), language), size)
            for box, seat, title, size in self.store.boxes()
        ]
        yield _table([text(name, language) for name in ("boxes", "name", "owner", "size")], rows)
        yield "".join(f"<p>{escape(name)} ({box})</p>" for box, _, name in self.store.files())
        people = [(one.ref, _named(one, language)) for one in holders.values() if one.mail]
        yield _post(
            "/boxes", text("add_box", language), language, _choice("seat", people), _field("name", "name", language)
        )
        yield _post("/rooms", text("add_room", language), language, _field("name", "name", language))

    def _users(self, language: str) -> Iterator[str]:
        for kind in (FULL, GUEST):
            yield _post(
                "/users/assign", f"{text('assign', language)}: {kind}", language, f'<input type=hidden name=kind value="{escape(kind)}">',
                _field("name", "name", language), _field("mail", "mail", language),
            )  # fmt: skip
        factors = self.store.factors()
        for one in self.seats.all():
            yield f"<h2>{escape(_named(one, language))} ({escape(one.kind)})</h2>"
            hidden = f'<input type=hidden name=seat value="{escape(one.ref)}">'
            sizes = f"{one.owned_bytes} ({one.invited_bytes})"
            yield f"<p>{text('owned', language)}: {sizes}</p>"
            if one.ref in factors:
                yield f"<p>{text('has_factor', language)}</p>"
            elif one.mail:
                yield _post("/users/second-factor", text("add_factor", language), language, hidden)
            fields = [_field("name", "name", language), _field("mail", "new_mail", language) if one.mail else ""]
            yield _post("/users/reassign", text("reassign", language), language, hidden, *fields)
            yield f'<a href="/users/release?seat={escape(one.ref)}&amp;lang={language}">{text("release", language)}</a>'

    def _guests(self, me: str, language: str) -> Iterator[str]:
        """Show whoever is signed in the guests they created, and no others (B104)."""
        everybody = {one.ref: one for one in self.seats.all() if one.mail}
        if me not in everybody:
            yield f"<p>{text('signed_out', language)}</p>"
            people = [(one.ref, _named(one, language)) for one in everybody.values()]
            yield _post("/sign-in", text("sign_in", language), language, _choice("seat", people))
            return
        yield f"<h1>{text('guests_of', language)} {escape(_named(everybody[me], language))}</h1>"
        for one in self.seats.all(created_by=me):
            yield f"<p>{escape(_named(one, language))}</p>"
        if everybody[me].may_create_guests:
            fields = _field("name", "name", language), _field("mail", "mail", language)
            yield _post("/guests", text("add_guest", language), language, *fields)
        else:
            yield f"<p>{text('no_guests', language)}</p>"

    def _sure(self, ref: str, language: str) -> Iterator[str]:
        """Say what is lost before anything is (B83)."""
        seat = next((one for one in self.seats.all() if one.ref == ref), None)
        if seat is None:
            yield f"<p>{text('not_there', language)}</p>"
            return
        kind = self.seats.account().of_kind(seat.kind)
        yield f"<p role=alert>{text('loses' if kind and kind.release_deletes else 'keeps', language)}</p>"
        hidden = f'<input type=hidden name=seat value="{escape(ref)}">'
        yield _post("/users/release", text("sure", language), language, hidden)

    def _price_plan(self, language: str) -> Iterator[str]:
        account = self.clients[language].seats.account()
        path = " → ".join(text(name, language) for name in ("settings", "account", "price_plan"))
        yield f"<h1>{path}</h1>"
        term = account.term
        facts = [(text("package", language), ", ".join(one.name for one in account.plans))]
        facts += [(text("term", language), f"{term.starts_on} – {term.ends_on or text('without_end', language)}")]
        if term.cancel_by:
            facts += [(text("cancel_by", language), str(term.cancel_by))]
        facts += [(text("storage", language), f"{account.owned_bytes} {text('bytes', language)}")]
        yield "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts) + "</dl>"
        heads = [text(name, language) for name in ("kind", "booked", "used", "invited", "available")]
        hidden = f'<input type=hidden name=kind value="{escape(FULL)}">'
        yield _post("/settings/account/book-more", text("book_more", language), language, hidden)
        yield _table(heads, [(one.name, one.booked, one.used, one.invited, one.available) for one in account.seats])


def _named(seat: Seat | None, language: str) -> str:
    return text("nobody", language) if seat is None else seat.name or seat.mail


def _form(environ: dict[str, Any]) -> Form:
    raw = environ.get("QUERY_STRING", "")
    if environ["REQUEST_METHOD"] == "POST":
        raw = (
            environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), 65_536)).decode("utf-8", "replace")
        )
    return {name: values[0].strip() for name, values in parse_qs(raw).items()}


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = "".join(f"<th scope=col>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(one))}</td>" for one in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _field(name: str, label: str, language: str) -> str:
    return f"<label>{text(label, language)} <input name={name} required></label> "


def _choice(name: str, options: Iterable[tuple[str, str]]) -> str:
    made = "".join(f'<option value="{escape(value)}">{escape(shown)}</option>' for value, shown in options)
    return f"<select name={name}>{made}</select> "


def _post(path: str, button: str, language: str, *fields: str) -> str:
    return (
        f'<form method=post action="{path}?lang={language}">{"".join(fields)}<button>{escape(button)}</button></form>'
    )


def _whole(page: str, language: str) -> str:
    links = {"/": "boxes", "/users": "users", "/guests": "guests", "/settings/account/price-plan": "price_plan"}
    menu = "".join(f'<a href="{path}?lang={language}">{text(name, language)}</a> ' for path, name in links.items())
    other = "en" if language == "de" else "de"
    return (
        f'<!doctype html><html lang={language}><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>{text('title', language)}</title><body><nav>{menu}<a href=?lang={other}>{text('other', language)}</a></nav>"
        f"<main>{page}</main></body></html>"
    )
