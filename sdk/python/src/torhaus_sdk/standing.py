"""How the licence stands now, from the state alone: which signed statement counts, and what it allows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from torhaus_sdk.answer_claims import Answer, verified_answer
from torhaus_sdk.answers import Access, Code, Enforcement
from torhaus_sdk.errors import AnswerRefused, ClockSetBack
from torhaus_sdk.licence import AfterGrace, Environment, Item, Licence, genuine_licence, verify_licence
from torhaus_sdk.licence import State as TermState
from torhaus_sdk.machine import Machine
from torhaus_sdk.refusals import Refused
from torhaus_sdk.state import State
from torhaus_sdk.status import Mode
from torhaus_sdk.tokens import MalformedToken, parse_token
from torhaus_sdk.trust import Keys

FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Standing:
    """What counts: ``answer`` or ``licence`` (of a file) or neither; ``values`` fill the sentence of ``code``."""

    mode: Mode
    valid: bool
    code: str
    access: Access
    enforcement: Enforcement
    until: datetime | None = None
    answer: Answer | None = None
    licence: Licence | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ends_at(self) -> datetime | None:
        """The licence's own end; None is without end, or not known where nothing counts."""
        if self.answer is not None:
            return self.answer.ends_at
        return self.licence.licence_ends_at if self.licence is not None else None

    def features(self, now: datetime) -> tuple[str, ...]:
        """Give the keys of what may be used."""
        if self.answer is not None:
            return self.answer.features_at(now)
        if self.licence is None:
            return ()
        items = [one for one in self.licence.items if one.kind != "seat" and (one.until is None or now < one.until)]
        return tuple(dict.fromkeys(one.key for one in items))


@dataclass(frozen=True)
class Judge:
    """The rule. ``machine`` recognises answers and files of this machine."""

    product: str
    machine: Machine
    released_at: datetime | None = None

    def standing(self, state: State, keys: Keys, now: datetime) -> Standing:
        """Give how the licence stands at ``now``."""
        if not state["token"]:
            return _nothing("token_missing")
        answer = self.answer(state, keys)
        file = self.file(state, keys, now)
        answered = answer is not None and now < answer.expires_at and not state["refused"]
        if file is not None and (state["mode"] == Mode.OFFLINE or not answered):
            return self._of_file(file, now)
        # A token the server refuses ends no answer: that is signed for its days, as where the server is not reached.
        if answer is not None and now < answer.expires_at:
            return self._of_answer(answer, now)
        if state["refused"]:
            return _over(state["refused"], answer.enforcement if answer else Enforcement.BLOCK, None)
        if answer is None:
            return self._without_answer(state, keys)
        return _over("answer_expired", answer.enforcement, answer.expires_at)

    def clock_set_back(self, state: State, keys: Keys, error: ClockSetBack) -> Standing:
        """Give the standing while the clock cannot be right: nothing, unless the vendor only advises."""
        if not state["token"]:
            return _nothing("token_missing")
        return replace(_over("clock_set_back", self._enforcement(state, keys), None), values=dict(error.values))

    def answer(self, state: State, keys: Keys) -> Answer | None:
        """Give the answer that was kept, if it is genuine and was given to this installation on this machine."""
        if not state["answer"]:
            return None
        try:
            answer = verified_answer(state["answer"], keys=keys, product=self.product)
        except AnswerRefused:
            return None
        ours = not answer.installation or answer.installation == state["installation"]
        return answer if ours and self.machine.asked(answer.nonce) else None

    def file(self, state: State, keys: Keys, now: datetime) -> Licence | None:
        """Give the newest offline licence that is genuine, current, and for this token and machine."""
        found = [
            one for text in state["files"] if isinstance(text, str) and (one := self._read(state, text, keys, now))
        ]
        return max(found, key=lambda one: (one.sequence, one.issued_at), default=None)

    def _read(self, state: State, text: str, keys: Keys, now: datetime) -> Licence | None:
        try:
            return verify_licence(
                text,
                keys=keys,
                audience=self.product,
                now=now,
                token_public_id=public_id(state),
                fingerprint=self.machine.id(),
                marks=self.machine.marks(),
            )
        except Refused:
            return None

    def _without_answer(self, state: State, keys: Keys) -> Standing:
        expired = [one for one in genuine_files(state, keys) if public_id(state) in one.tokens]
        if not expired:
            return _nothing("not_checked")
        last = max(expired, key=lambda one: one.sequence)
        return _over("file_expired_since", last.enforcement, last.expires_at)

    def _enforcement(self, state: State, keys: Keys) -> Enforcement:
        answer = self.answer(state, keys)
        if answer is not None:
            return answer.enforcement
        files = genuine_files(state, keys)
        return files[-1].enforcement if files else Enforcement.BLOCK

    def _of_file(self, licence: Licence, now: datetime) -> Standing:
        term = licence.state(now)
        ends, grace = licence.licence_ends_at, None
        if term.state is TermState.GRACE:
            grace = term.until
        until = min(licence.expires_at, grace or (ends if ends and now < ends else None) or FOREVER)
        good = Standing(
            Mode.OFFLINE,
            valid=True,
            code=Code.IN_GRACE.value if grace else Code.VALID.value,
            access=Access.FULL,
            enforcement=licence.enforcement,
            until=until,
            licence=licence,
        )
        if term.state is TermState.ENDED and licence.falls_back(self.released_at):
            good = replace(good, code=Code.FALLBACK.value)
        elif term.state is TermState.ENDED:
            return _ended(good, licence.after_grace)
        maintained = licence.maintained_until
        if maintained is not None and self.released_at is not None and self.released_at >= maintained:
            return _refused(good, Code.VERSION_NOT_MAINTAINED)
        return good

    def _of_answer(self, answer: Answer, now: datetime) -> Standing:
        standing = _said(answer)
        ended = answer.ends_at is not None and now >= answer.ends_at
        if not ended or not answer.valid or answer.code == Code.FALLBACK:
            return standing
        if answer.grace_until is not None and now < answer.grace_until:
            return replace(standing, code=Code.IN_GRACE.value if answer.code == Code.VALID else answer.code)
        released, falls_back = self.released_at, answer.fallback_until
        if falls_back is not None and released is not None and released < falls_back:
            return replace(standing, code=Code.FALLBACK.value)
        return _ended(standing, answer.after_grace)


def _said(answer: Answer) -> Standing:
    return Standing(
        Mode.ONLINE,
        valid=answer.valid,
        code=answer.code,
        access=answer.access,
        enforcement=answer.enforcement,
        until=answer.expires_at,
        answer=answer,
    )


def _refused(standing: Standing, code: Code) -> Standing:
    return replace(standing, valid=False, code=code.value, access=degraded(standing.enforcement))


def _ended(standing: Standing, after_grace: AfterGrace | None) -> Standing:
    """Give what remains after term and grace: all where the vendor only advises, else what the policy leaves."""
    expired = _refused(standing, Code.EXPIRED)
    if after_grace is None or standing.enforcement is Enforcement.ADVISE:
        return expired
    return replace(expired, access=Access.READ_ONLY if after_grace is AfterGrace.READ_ONLY else Access.NONE)


def degraded(enforcement: Enforcement) -> Access:
    """Give what remains of a licence that is not valid: with ``advise`` all, with ``degrade`` reading, else nothing."""
    return {Enforcement.ADVISE: Access.FULL, Enforcement.DEGRADE: Access.READ_ONLY}.get(enforcement, Access.NONE)


def _nothing(code: str) -> Standing:
    return Standing(Mode.NONE, valid=False, code=code, access=Access.NONE, enforcement=Enforcement.BLOCK)


def _over(code: str, enforcement: Enforcement, ended: datetime | None) -> Standing:
    values = {} if ended is None else {"until": ended}
    return Standing(
        Mode.NONE, valid=False, code=code, access=degraded(enforcement), enforcement=enforcement, values=values
    )


def genuine_files(state: State, keys: Keys) -> list[Licence]:
    """Give what the installed files hold, current or not; what is not genuine is left out."""
    found = []
    for text in state["files"]:
        try:
            found.append(genuine_licence(text if isinstance(text, str) else "", keys=keys))
        except Refused:
            continue
    return found


def public_id(state: State) -> str:
    """Give the public id of the saved token; empty if there is none that can be one."""
    try:
        return parse_token(state["token"]).public_id
    except MalformedToken:
        return ""


def kind_of(licence: Licence) -> str:
    """Give the kind of licence a file holds, as answers name it."""
    if licence.environment is Environment.EVALUATION:
        return "evaluation"
    return "perpetual" if licence.licence_ends_at is None else "subscription"


def days_between(now: datetime, ends: datetime | None) -> int | None:
    """Give whole days until ``ends``, never below 0; None is without end (B53)."""
    return None if ends is None else max(0, (ends - now) // timedelta(days=1))


def shown_items(items: Iterable[Item]) -> tuple[str, ...]:
    """Give items as lines: how many, what."""
    return tuple(f"{one.quantity} × {one.name}" for one in items)
