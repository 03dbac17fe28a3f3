"""What is asked of the server and how its replies are read, without sending anything (sans I/O).

Each deed is a generator: it yields a request, is sent the reply (or is thrown a ``ServerUnreachable``), and returns
its result. The sync and the async client drive the same generators.
"""

import json
import uuid
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from torhaus_sdk.answer_claims import Answer, verified_answer
from torhaus_sdk.answers import Code
from torhaus_sdk.errors import (
    SEAT_REFUSALS,
    AnswerRefused,
    LicenceError,
    NotLicensed,
    RequestRefused,
    ServerUnreachable,
    TokenInvalid,
    TokenMissing,
    TooManyInstallations,
)
from torhaus_sdk.machine import Machine
from torhaus_sdk.refusals import Malformed, Refused
from torhaus_sdk.revocations import revoked_ids
from torhaus_sdk.standing import genuine_files
from torhaus_sdk.state import State, StateFile
from torhaus_sdk.strict_json import json_object
from torhaus_sdk.tokens import MalformedToken, parse_token
from torhaus_sdk.transport import Reply, Request
from torhaus_sdk.trust import KEY_SETS, Trust, offered_sets

T = TypeVar("T")
Steps = Generator[Request, Reply, T]
API = "/api/v1/"
MOST_REVOKED = 2_000  # remembered, so that none of them is installed from a drawer
REVOCATIONS = "/.well-known/torhaus-revocations"
_REFUSALS = {code.value for code in Code}


@dataclass(frozen=True)
class Product:
    """What the product says of itself with every question."""

    key: str
    version: str = ""
    released_on: date | None = None
    environment: str = ""
    checksum: str = ""
    edition: str = ""
    process: str = ""

    def said(self) -> dict[str, str]:
        """Give the members of a question; what is empty is not said."""
        members = {
            "product": self.key,
            "version": self.version,
            "released_on": "" if self.released_on is None else self.released_on.isoformat(),
            "environment": self.environment,
            "checksum": self.checksum,
            "edition": self.edition,
        }
        return {name: value for name, value in members.items() if value}


class Questions:
    """Asks in the name of the saved token. Nothing is written into the state but newly vouched keys."""

    def __init__(
        self,
        product: Product,
        machine: Machine,
        kept: StateFile,
        trust: Trust,
        *,
        language: str,
        host: str,
        now: Callable[[], datetime],
    ) -> None:
        self._product = product
        self._machine = machine
        self._kept = kept
        self._trust = trust
        self._language = language
        self._host = host
        self._now = now

    def ask(self, path: str, *, require: tuple[str, ...] = ()) -> Steps[Answer]:
        """Ask ``validate`` or ``heartbeat`` and give the verified answer.

        Raises:
            LicenceError: no token, no server, a token it does not take, or an answer not to be relied on.
        """
        state = self._kept.read()
        body: dict[str, Any] = {**self._product.said(), "fingerprint": self._machine.parts()}
        if state["installation"]:
            body["installation"] = state["installation"]
            body |= {"process": self._product.process} if self._product.process else {}
        if require:
            body["require"] = list(require)
        nonce = self._machine.nonce()
        said = yield from self.post(path, {**body, "nonce": nonce})
        return (yield from self.verified(said, nonce, installation=state["installation"]))

    def activate(self, name: str) -> Steps[tuple[Answer, dict[str, Any]]]:
        """Ask for a place for this machine; give the answer and the installation as it is described."""
        nonce = self._machine.nonce()
        body = {**self._product.said(), "fingerprint": self._machine.parts(), "nonce": nonce}
        said = yield from self.post("activate", body | ({"name": name} if name else {}), repeatable=True)
        answer = said.get("answer")
        found = yield from self.verified(answer if isinstance(answer, dict) else {}, nonce, installation="")
        described = said.get("installation")
        if not found.installation:
            raise AnswerRefused("answer_of_other_installation")
        return found, described if isinstance(described, dict) else {}

    def verified(self, said: Mapping[str, Any], nonce: str, *, installation: str) -> Steps[Answer]:
        """Give the signed content of what the server said, if it answers the question with this ``nonce``."""
        text = said.get("signed")
        if not isinstance(text, str):
            raise AnswerRefused("answer_unsigned")
        try:
            answer = self._read(text)
        except AnswerRefused as error:
            if error.code != "answer_unknown_key" or not (yield from self.learn_keys()):
                raise
            answer = self._read(text)
        if answer.nonce != nonce:
            raise AnswerRefused("answer_replayed")
        if installation and answer.installation not in {"", installation}:
            raise AnswerRefused("answer_of_other_installation")
        return answer

    def learn_keys(self) -> Steps[bool]:
        """Fetch the key sets the portal offers and keep what trusted keys vouch for; gives whether that changed."""
        try:
            reply = yield Request("GET", KEY_SETS)
            offered = offered_sets(_members(reply, self._host))
        except ServerUnreachable:
            return False
        before = list(self._kept.read()["keys"])
        after = self._trust.extended(before, offered)
        if after == before:
            return False

        def keep(state: State) -> None:
            state["keys"] = self._trust.extended(state["keys"], offered)

        self._kept.change(keep)
        return True

    def learn_revocations(self) -> Steps[None]:
        """Fetch the signed list of files that were taken back; remove those installed here, and remember the others."""
        try:
            reply = yield Request("GET", REVOCATIONS)
            state = self._kept.read()
            keys = self._trust.keys(state["keys"])
            revoked = revoked_ids(reply.body.decode("ascii"), keys=keys, now=self._now())
        except (ServerUnreachable, Refused, UnicodeDecodeError):
            return
        ours = sorted({one.id for one in genuine_files(state, keys)} & revoked)
        remembered = list(dict.fromkeys([*ours, *sorted(revoked), *state["revoked"]]))[:MOST_REVOKED]

        def edit(state: State) -> None:
            state["files"] = [] if ours else state["files"]
            state["revoked"] = remembered

        if ours or remembered != state["revoked"]:
            self._kept.change(edit)

    def listed(self) -> Steps[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
        """Give the licences and the add-ons the server lists for the token, for showing."""
        said = yield from self.fetch("licences")
        return _rows(said.get("licences")), _rows(said.get("add_ons"))

    def fetch(self, path: str, query: str = "") -> Steps[dict[str, Any]]:
        """Give the members of what is at ``path``."""
        address = f"{API}{path}?{query}" if query else API + path
        reply = yield Request("GET", address, headers=self._headers())
        return self._taken(reply)

    def post(
        self, path: str, body: Mapping[str, Any], *, repeatable: bool = False, key: str = ""
    ) -> Steps[dict[str, Any]]:
        """Send ``body`` and give the members of the reply; ``repeatable`` sends it once more if the way broke.

        ``key`` is the Idempotency-Key; without one, what is repeatable gets a new one.
        """
        headers = self._headers() | {"Content-Type": "application/json"}
        if repeatable:
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        data = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
        request = Request("POST", API + path, data, headers)
        try:
            reply = yield request
        except ServerUnreachable as error:
            if not repeatable or error.reason != "network":
                raise
            reply = yield request
        return self._taken(reply)

    def _read(self, text: str) -> Answer:
        keys = self._trust.keys(self._kept.read()["keys"])
        return verified_answer(text, keys=keys, product=self._product.key)

    def _headers(self) -> dict[str, str]:
        token = self._kept.read()["token"]
        if not token:
            raise TokenMissing
        try:
            whole = parse_token(token).text
        except MalformedToken:
            raise TokenInvalid("token_malformed") from None
        return {
            "Authorization": f"Bearer {whole}",
            "Accept": "application/json",
            "Accept-Language": self._language,
        }

    def _taken(self, reply: Reply) -> dict[str, Any]:
        members = _members(reply, self._host)
        if reply.status < 300:
            return members
        if reply.status == 401 and not _refuses_token(reply, members):
            raise ServerUnreachable("not_torhaus", host=self._host)
        raise refusal(reply, members)


def refusal(reply: Reply, members: Mapping[str, Any]) -> LicenceError:
    """Give the error for problem details (RFC 9457)."""
    code = members.get("code")
    code = code if isinstance(code, str) and code else f"http_{reply.status}"
    detail, title = members.get("detail"), members.get("title")
    said = " ".join(one.rstrip(".") + "." for one in (title, detail) if isinstance(one, str) and one)[:1000]
    if reply.status == 401:
        return TokenInvalid("token_invalid")
    if code in {Code.TOO_MANY_INSTALLATIONS, Code.TOO_MANY_LEASES}:
        return TooManyInstallations(code, said)
    if code in SEAT_REFUSALS:
        about = members.get("about")
        return SEAT_REFUSALS[code](code, said, status=reply.status, about=about if isinstance(about, str) else "…")
    renamed = {"licence_suspended": Code.SUSPENDED.value, "licence_ended": Code.EXPIRED.value}.get(code, code)
    if renamed in _REFUSALS:
        return NotLicensed(renamed, said)
    return RequestRefused(code, said, status=reply.status)


def _rows(found: object) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _refuses_token(reply: Reply, members: Mapping[str, Any]) -> bool:
    """Say whether it is Torhaus that refuses the token: a sign-in page or a gateway on the way says 401, too."""
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/problem+json" and members.get("code") == "token_invalid"


def _members(reply: Reply, host: str) -> dict[str, Any]:
    try:
        return json_object(reply.body, of="the reply")
    except Malformed:
        raise ServerUnreachable("not_torhaus", host=host) from None
