"""The deeds that contact nobody: saving and removing the token, installing and removing offline licences."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from torhaus_sdk.armour import LONGEST
from torhaus_sdk.core import Core
from torhaus_sdk.errors import ClockSetBack, FileRefused, TokenInvalid, TokenMissing
from torhaus_sdk.licence import Licence, verify_licence
from torhaus_sdk.messages import sentence
from torhaus_sdk.refusals import Refused
from torhaus_sdk.showing import row_of_file, rows_of
from torhaus_sdk.standing import genuine_files, public_id
from torhaus_sdk.state import State, empty
from torhaus_sdk.status import Installed, Mode, Removed, Saved
from torhaus_sdk.tokens import MalformedToken, parse_token

Source = str | bytes | os.PathLike[str] | IO[str] | IO[bytes]
_OF_TOKEN = (
    "installation", "installation_name", "installation_version", "answer", "mode", "listed", "listed_at",
    "add_ons", "checked", "away", "refused", "usage",
)  # fmt: skip


def save_token(core: Core, text: str) -> Saved:
    """Keep a licence token after looking at its checksum. One that is there is replaced, with all it brought."""
    try:
        token = parse_token(text)
    except MalformedToken:
        raise TokenInvalid("token_malformed") from None
    before = public_id(core.kept.read())
    changed = core.kept.read()["token"] != token.text

    def edit(state: State) -> None:
        if state["token"] != token.text:
            _forget_token(state)
            state["token"] = token.text

    core.kept.change(edit)
    return Saved(
        token=token.masked,
        message=sentence("token_saved", core.language, token=token.masked),
        replaced=bool(before) and changed,
        warnings=core.warnings(),
    )


def remove_token(core: Core) -> Removed:
    """Forget the token and everything that was retrieved or installed with it."""
    gone = tuple(row.id for row in rows_of(core, core.kept.read(), core.now()))

    def edit(state: State) -> None:
        _forget_token(state)
        state["files"] = []

    core.kept.change(edit)
    return Removed(gone, sentence("token_removed", core.language))


def _forget_token(state: State) -> None:
    start = empty()
    state["token"] = ""
    for name in _OF_TOKEN:
        state[name] = start[name]


def install_offline(core: Core, source: Source) -> Installed:
    """Install an offline licence; if it is refused, what was there before still counts (B49)."""
    state = core.kept.read()
    if not state["token"]:
        raise TokenMissing("offline_needs_both")
    text = read_source(source)
    licence, now, anew = _verified(core, state, text)
    if licence.id in state["revoked"]:
        raise FileRefused("file_revoked")
    newer = [one for one in genuine_files(state, core.trust.keys(state["keys"])) if _supersedes(one, licence)]
    if newer and any(now < one.expires_at for one in newer):
        raise FileRefused("file_superseded")
    kept = text.decode("utf-8-sig") if isinstance(text, bytes) else text

    def edit(state: State) -> None:
        state["files"] = [kept]
        state["mode"] = Mode.OFFLINE.value
        state["mark"] = max(0 if anew else state["mark"], int(licence.issued_at.timestamp()))
        state["sequences"] = {**state["sequences"], licence.subject: max(_sequence(state, licence), licence.sequence)}
        state["checked"] = {"at": int(now.timestamp()), "ok": True, "code": "valid", "licences": 1}

    core.kept.change(edit)
    return Installed(
        id=licence.id,
        licences=(row_of_file(licence, public_id(state), now, core.settings.released_at),),
        expires_at=licence.expires_at,
        message=sentence("file_installed", core.language, until=licence.expires_at),
        next_step=sentence("tell_users", core.language),
        warnings=core.warnings(),
    )


def _verified(core: Core, state: State, text: str | bytes) -> tuple[Licence, datetime, bool]:
    """Give the file's content, the time it was judged by, and whether that is to be the time from now on.

    A clock that was set back is forgiven where the file was signed later than all that was seen here: it may be that
    the clock was ahead before. Else what is against the file is raised, and the clock, too.
    """
    try:
        now = datetime.fromtimestamp(core.clock.now(state["mark"]), UTC)
    except ClockSetBack as error:
        now = datetime.fromtimestamp(core.clock.shown(), UTC)
        try:
            licence = _read(core, state, text, now)
        except Refused:
            raise error from None
        if not _signed_later(core, state, licence):
            raise
        return licence, now, True
    try:
        return _read(core, state, text, now), now, False
    except Refused as refusal:
        raise FileRefused(f"file_{refusal.code}", str(refusal)) from None


def _read(core: Core, state: State, text: str | bytes, now: datetime) -> Licence:
    return verify_licence(
        text,
        keys=core.trust.keys(state["keys"]),
        audience=core.settings.product.key,
        now=now,
        token_public_id=public_id(state),
        fingerprint=core.machine.id(),
        marks=core.machine.marks(),
    )


def _signed_later(core: Core, state: State, licence: Licence) -> bool:
    """Say whether a file is newer than all signed statements seen here, those that were removed included."""
    keys = core.trust.keys(state["keys"])
    answer = core.judge.answer(state, keys)
    files = genuine_files(state, keys)
    seen = [one.issued_at for one in files] + ([answer.issued_at] if answer else [])
    numbers = [one.sequence for one in files if one.subject == licence.subject] + [_sequence(state, licence)]
    return licence.sequence > max(numbers) and all(licence.issued_at >= one for one in seen)


def _sequence(state: State, licence: Licence) -> int:
    """Give the highest number of a file of this contract that was installed here; -1 for none."""
    found = state["sequences"].get(licence.subject)
    return found if type(found) is int else -1


def _supersedes(one: Licence, other: Licence) -> bool:
    return one.subject == other.subject and one.sequence > other.sequence


def read_source(source: Source) -> str | bytes:
    """Give what was pasted (a text is never taken for a name), or the content of a path or open file.

    Raises:
        FileRefused: it cannot be read.
    """
    if isinstance(source, str | bytes):  # never a file's name: a page hands over what strangers typed
        return source
    try:
        if isinstance(source, os.PathLike):
            with Path(source).open("rb") as file:
                return file.read(LONGEST + 1)
        return source.read(LONGEST + 1)
    except (OSError, ValueError):
        raise FileRefused("file_unreadable") from None


def remove(core: Core, ids: Iterable[str]) -> Removed:
    """Remove the licences with these ids (B50): what was retrieved with them no longer counts here."""
    wanted = {ids} if isinstance(ids, str) else set(ids)
    state = core.kept.read()
    keys = core.trust.keys(state["keys"])
    there = tuple(row.id for row in rows_of(core, state, core.now()) if row.id in wanted)
    answer = core.judge.answer(state, keys)
    files = {one.id for one in genuine_files(state, keys)} & wanted

    def edit(state: State) -> None:
        state["listed"] = [one for one in state["listed"] if isinstance(one, dict) and one.get("ref") not in wanted]
        state["add_ons"] = state["add_ons"] if state["listed"] else []
        if files:
            state["files"] = []
        if answer is not None and answer.licence in wanted and state["answer"] == answer.signed:
            state["answer"] = ""
            state["mode"] = Mode.OFFLINE.value if state["files"] else Mode.NONE.value

    if there:
        core.kept.change(edit)
    return Removed(there, sentence("licences_removed", core.language, count=len(there)))
