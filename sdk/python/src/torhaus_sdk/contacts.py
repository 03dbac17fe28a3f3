"""The deeds that contact the server, as generators (see ``questions``), and what they leave in the state."""

from collections.abc import Callable

from torhaus_sdk.answer_claims import Answer
from torhaus_sdk.answers import Code
from torhaus_sdk.core import Core
from torhaus_sdk.errors import LicenceError, RequestRefused, ServerUnreachable, TokenMissing
from torhaus_sdk.messages import sentence
from torhaus_sdk.questions import Steps
from torhaus_sdk.showing import rows_of, status_of
from torhaus_sdk.state import State
from torhaus_sdk.status import Activated, CheckResult, Deactivated, Mode
from torhaus_sdk.transport import LONGEST_WAIT

_LEARN_AFTER = 86_400  # keys are published for days before they sign
_LEARN_AGAIN = 3_600  # while the licence is stopped and no file is installed
_ACTIVATES = {Code.INSTALLATION_REQUIRED, Code.INSTALLATION_UNKNOWN, Code.FINGERPRINT_MISMATCH}
_STOPPED = {Code.SUSPENDED, Code.EXPIRED}  # files were taken back, perhaps
_FIRST_RETRY, _LONGEST_RETRY = 60, 3_600  # seconds until who only reports tries an absent server again
_LEASES = {Code.LEASE_REQUIRED, Code.LEASE_EXPIRED}


def check(core: Core, *, activate: bool, name: str) -> Steps[CheckResult]:
    """Ask how the licence stands and which licences there are; activate where that is asked for."""
    token = _token(core)
    try:
        answer = yield from core.questions.ask("validate")
        keep_answer(core, token, answer)
        if activate and answer.code in _ACTIVATES:
            answer = (yield from _activated(core, token, name))[0]
        if activate and answer.code in _LEASES and core.kept.read()["installation"]:
            answer = yield from core.questions.ask("heartbeat")
            keep_answer(core, token, answer)
        yield from _tell_version(core, token, answer)
        listed, add_ons = yield from core.questions.listed()
        yield from _learn_keys(core, answer)
        yield from _learn_revocations(core, fine=answer.valid or answer.code not in _STOPPED)
    except LicenceError as error:
        yield from _refused(core, token, error)
        failed(core, error, checked=True)
        raise
    at = int(core.now().timestamp())

    def edit(state: State) -> None:
        if state["token"] == token:
            state["listed"], state["listed_at"], state["add_ons"] = listed, at, add_ons
            state["checked"] = {"at": at, "ok": answer.valid, "code": answer.code, "licences": len(listed)}
            state["checked"] |= {"said": answer.message, "values": {}}

    core.kept.change(edit)
    return result_of(core, answer)


def activate(core: Core, name: str) -> Steps[Activated]:
    """Take a place for this machine; where it has one, that is given again."""
    token = _token(core)
    try:
        answer, described = yield from _activated(core, token, name)
        if answer.code in _LEASES:
            answer = yield from core.questions.ask("heartbeat")
            keep_answer(core, token, answer)
    except LicenceError as error:
        yield from _refused(core, token, error)
        failed(core, error)
        raise
    return Activated(
        installation=answer.installation,
        name=answer.installation_name,
        counts=described.get("counts") is not False,
        message=sentence("activated", core.language),
        answer=result_of(core, answer),
    )


def deactivate(core: Core, *, keep: bool) -> Steps[Deactivated]:
    """Give the place back, or with ``keep`` only the lease; the answer kept counts no more."""
    token = _token(core)
    ref = core.kept.read()["installation"]
    if ref:
        process = core.settings.product.process
        body = {"installation": ref, "keep": keep} | ({"process": process} if process else {})
        try:
            yield from core.questions.post("deactivate", body, repeatable=True)
        except LicenceError as error:
            if not (isinstance(error, RequestRefused) and error.status == 404):  # it is gone there already
                yield from _refused(core, token, error)
                failed(core, error)
                raise

        def edit(state: State) -> None:
            if state["token"] == token and state["installation"] == ref:
                state["answer"] = ""
                if not keep:
                    state["installation"] = state["installation_name"] = state["installation_version"] = ""

        core.kept.change(edit)
    return Deactivated(ref, sentence("deactivated", core.language))


def heartbeat(core: Core) -> Steps[CheckResult]:
    """Tell that this installation runs; takes or extends its lease. Without an installation it only asks."""
    token = _token(core)
    try:
        answer = yield from core.questions.ask("heartbeat" if core.kept.read()["installation"] else "validate")
        keep_answer(core, token, answer)
        yield from _tell_version(core, token, answer)
        yield from _learn_keys(core, answer)
        yield from _learn_revocations(core, fine=answer.valid or answer.code not in _STOPPED)
    except LicenceError as error:
        yield from _refused(core, token, error)
        failed(core, error)
        raise
    return result_of(core, answer)


def _refused(core: Core, token: str, error: LicenceError) -> Steps[None]:
    """Remember that a server that was reached does not take the token: nothing new is to be had with it (R45).

    What its last answer allowed goes on until that ends, as where no server is reached: a refusal is not signed, and a
    database that was restored from an old copy knows no new token. Whether an offline licence was taken back says the
    signed list.
    """

    def edit(state: State) -> None:
        if state["token"] == token:
            state["refused"] = error.code

    if error.code == "token_invalid":
        core.kept.change(edit)
    if error.code == "token_invalid" or error.code in _STOPPED:
        yield from _learn_revocations(core, fine=False)


def _activated(core: Core, token: str, name: str) -> Steps[tuple[Answer, dict[str, object]]]:
    answer, described = yield from core.questions.activate(name)

    def edit(state: State) -> None:
        state["installation"], state["installation_name"] = answer.installation, answer.installation_name
        state["installation_version"] = core.settings.product.version

    keep_answer(core, token, answer, edit)
    return answer, described


def _tell_version(core: Core, token: str, answer: Answer) -> Steps[None]:
    """Activate again after an update of the product, because only then the server keeps the new version.

    The answer just kept counts whatever becomes of this; what fails is tried again with the next contact.
    """
    state, version = core.kept.read(), core.settings.product.version
    place = state["installation"]
    if not version or state["installation_version"] == version:
        return
    if not place or answer.installation != place or not answer.valid:  # nothing is activated that has no place now
        return
    try:
        yield from core.questions.activate("")
    except LicenceError:
        return

    def edit(state: State) -> None:
        if state["token"] == token and state["installation"] == place:
            state["installation_version"] = version

    core.kept.change(edit)


def keep_answer(core: Core, token: str, answer: Answer, also: Callable[[State], None] | None = None) -> None:
    """Keep a fresh answer: it counts from now on, its time is the time, and the server is there."""
    core.clock.answered(int(answer.issued_at.timestamp()))

    def edit(state: State) -> None:
        if state["token"] != token:  # it was replaced while the server was asked
            return
        if also is not None:
            also(state)
        state["answer"], state["answer_language"] = answer.signed, core.language
        state["mode"] = Mode.ONLINE.value
        state["mark"] = int(answer.issued_at.timestamp())
        state["away"], state["refused"] = {}, ""

    core.kept.change(edit)


def result_of(core: Core, answer: Answer) -> CheckResult:
    """Give an answer as the result of a call."""
    status = status_of(core)
    return CheckResult(
        at=answer.issued_at,
        valid=status.valid,
        code=status.code,
        access=status.access,
        enforcement=status.enforcement,
        message=status.message,
        next_step=sentence("tell_users", core.language) if status.valid else status.next_step,
        licences=rows_of(core, core.kept.read(), core.now()),
        findings=answer.findings,
        status=status,
    )


def _learn_keys(core: Core, answer: Answer) -> Steps[None]:
    now = int(answer.issued_at.timestamp())
    if 0 <= now - core.kept.read()["keys_at"] < _LEARN_AFTER:
        return
    try:
        yield from core.questions.learn_keys()
    except LicenceError:
        return  # the answer was good; a portal without key sets is asked again tomorrow

    def edit(state: State) -> None:
        state["keys_at"] = now

    core.kept.change(edit)


def _learn_revocations(core: Core, *, fine: bool) -> Steps[None]:
    """Learn which files were taken back: once a day, and at once where the server no longer lets this product go on.

    Then a file that was installed ends, and none of those taken back is installed again.
    """
    state, now = core.kept.read(), int(core.now().timestamp())
    wait = _LEARN_AFTER if fine else 0 if state["files"] else _LEARN_AGAIN
    if 0 <= now - state["revoked_at"] < wait:
        return
    yield from core.questions.learn_revocations()

    def edit(state: State) -> None:
        state["revoked_at"] = now

    core.kept.change(edit)


def failed(core: Core, error: LicenceError, *, checked: bool = False) -> None:
    """Remember why there was no answer. What was licensed before is not touched."""
    values = {name: value for name, value in error.values.items() if isinstance(value, str | int)}
    at = int(core.now().timestamp())
    away: dict[str, object] = {}
    if isinstance(error, ServerUnreachable):
        failures = min(_whole(core.kept.read()["away"].get("failures")) + 1, 10)
        wait = max(min(_FIRST_RETRY * 2 ** (failures - 1), _LONGEST_RETRY), error.retry_after or 0)
        away = {"code": error.code, "values": values, "failures": failures, "again_at": at + wait}

    def edit(state: State) -> None:
        state["away"] = away
        if checked:
            rows = len(state["listed"])
            state["checked"] = {"at": at, "ok": False, "code": error.code, "values": values, "licences": rows}
            state["checked"]["said"] = error.said

    if away or checked or core.kept.read()["away"]:
        core.kept.change(edit)


def reached(core: Core) -> None:
    """Remember that the server is there again."""
    if core.kept.read()["away"]:
        core.kept.change(lambda state: state.update(away={}))


def may_try(core: Core) -> bool:
    """Say whether to contact a server now that may be away; of all who ask at once, one is told to."""
    now = int(core.now().timestamp())
    free = _due(core.kept.read(), now)
    if not free or not core.kept.read()["away"]:
        return free

    def claim(state: State) -> None:
        nonlocal free
        free = _due(state, now)
        if free and state["away"]:
            state["away"] = state["away"] | {"again_at": now + _FIRST_RETRY}

    core.kept.change(claim)
    return free


def _due(state: State, now: int) -> bool:
    """Say whether the server is there as far as is known, or was not asked for long; a clock put back counts as long."""
    wait = _whole(state["away"].get("again_at")) - now
    return not 0 < wait <= LONGEST_WAIT


def _whole(value: object) -> int:
    return value if type(value) is int and value >= 0 else 0


def _token(core: Core) -> str:
    token: str = core.kept.read()["token"]
    if not token:
        raise TokenMissing
    return token
