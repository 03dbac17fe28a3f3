"""What both clients share and what needs no contact: judging, showing, and changing what is kept."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from torhaus_sdk.answers import Access, Code
from torhaus_sdk.clocks import TOLERANCE, Clock, system_clock
from torhaus_sdk.errors import (
    ClockSetBack,
    FeatureMissing,
    LicenceError,
    NotChecked,
    NotLicensed,
    TokenMissing,
    TooManyInstallations,
)
from torhaus_sdk.fingerprint import Fingerprint
from torhaus_sdk.locks import ThreadLock
from torhaus_sdk.machine import Machine
from torhaus_sdk.messages import sentence
from torhaus_sdk.questions import Product, Questions
from torhaus_sdk.standing import Judge, Standing, degraded
from torhaus_sdk.state import State, StateFile
from torhaus_sdk.status import Mode, Permission, Warned
from torhaus_sdk.transport import Way
from torhaus_sdk.trust import Keys, Trust

LONGEST_TIMEOUT = 60.0
_MARK_STEP = 600  # seconds the high-water mark may lag behind on the disk
_RANK = {Access.NONE: 0, Access.READ_ONLY: 1, Access.FULL: 2}


@dataclass(frozen=True)
class Settings:
    """How a client was set up."""

    product: Product
    way: Way
    language: str
    continues: bool
    released_at: datetime | None


class Core:
    """State, keys, clock and machine of one client."""

    def __init__(
        self,
        settings: Settings,
        *,
        keys: Keys,
        state_file: Path | None,
        fingerprint: Fingerprint | None,
        clock: Callable[[], datetime] = system_clock,
        tolerance: timedelta = TOLERANCE,
    ) -> None:
        self.settings = settings
        self.language = settings.language
        self.guard = ThreadLock()
        self.kept = StateFile(state_file)
        self.trust = Trust(keys)
        self.machine = Machine(fingerprint, settings.product.key, self._random_id)
        self.clock = Clock(clock, tolerance=tolerance)
        self.judge = Judge(settings.product.key, self.machine, settings.released_at)
        self.questions = Questions(
            settings.product,
            self.machine,
            self.kept,
            self.trust,
            language=self.language,
            host=settings.way.host,
            now=self.now,
        )
        self._judged: tuple[State, float, Standing] | None = None

    def now(self) -> datetime:
        """Give the time to judge by: the high-water mark where the clock was set back."""
        return datetime.fromtimestamp(int(self.clock.best(self.kept.read()["mark"])), UTC)

    def standing(self) -> Standing:
        """Give how the licence stands; a judgement is good for a second, because signatures take time."""
        state = self.kept.read()
        last = self._judged
        shown = self.clock.shown()
        if last is not None and last[0] is state and 0 <= shown - last[1] < 1:
            return last[2]
        keys = self.trust.keys(state["keys"])
        try:
            seconds = self.clock.now(state["mark"])
        except ClockSetBack as error:
            standing = self.judge.clock_set_back(state, keys, error)
        else:
            standing = self.judge.standing(state, keys, datetime.fromtimestamp(seconds, UTC))
            if state["token"] and seconds > state["mark"] + _MARK_STEP:
                self._raise_mark(int(seconds))
        self._judged = (self.kept.read(), shown, standing)
        return standing

    def permission(self, feature: str = "") -> Permission:
        """Give what the product may do now, with ``feature`` if one is named. Never raises."""
        standing = self.standing()
        code, access, values = standing.code, standing.access, dict(standing.values)
        known = standing.mode is not Mode.NONE
        if feature and known and feature not in standing.features(self.now()):
            left = degraded(standing.enforcement)
            if _RANK[left] <= _RANK[access]:
                code, access, values = Code.FEATURE_MISSING.value, left, {"feature": feature}
        return Permission(
            access=access,
            code=code,
            message=self.told(standing, code, values),
            enforcement=standing.enforcement,
            feature=feature,
            until=standing.until,
        )

    def require(self, feature: str, access: Access) -> Permission:
        """Give the permission, or raise what stands against it."""
        permission = self.permission(feature)
        if _RANK[permission.access] >= _RANK[access] or self.settings.continues:
            return permission
        raise refused(permission, self.standing())

    def told(self, standing: Standing, code: str, values: dict[str, object]) -> str:
        """Give the sentence for a code: the server's own where it is about the same, in this language."""
        answer = standing.answer
        if answer is not None and answer.message and code == answer.code and self._said_in_our_language(answer.signed):
            return answer.message
        if code == Code.FEATURE_MISSING and "feature" not in values and answer is not None:
            values["feature"] = ", ".join(name for one in answer.findings if one.code == code for name in one.subjects)
        return sentence(code, self.language, said=answer.message if answer is not None else "", **values)

    def warnings(self) -> tuple[Warned, ...]:
        """Give what should be put right though all goes on."""
        found: list[LicenceError] = list(self.kept.warnings)
        lead = self.clock.lead()
        if lead:
            found.append(LicenceError("clock_differs", minutes=abs(round(lead / 60))))
        if dropped := self.kept.read()["usage_dropped"]:
            found.append(LicenceError("usage_dropped", count=dropped))
        return tuple(Warned(one.code, one.message(self.language)) for one in found)

    def _said_in_our_language(self, signed: str) -> bool:
        state = self.kept.read()
        return bool(state["answer"] == signed and state.get("answer_language", self.language) == self.language)

    def _raise_mark(self, seconds: int) -> None:
        def edit(state: State) -> None:
            state["mark"] = max(state["mark"], seconds)

        self.kept.change(edit, wait=False)  # who asks for a permission waits for nobody; the next one raises it

    def _random_id(self) -> str:
        """Give the random id that stands for a machine without marks of its own; it is made once."""
        drawn = uuid.uuid4().hex

        def edit(state: State) -> None:
            state["machine"] = state["machine"] or drawn

        if not self.kept.read()["machine"]:
            self.kept.change(edit)
        return str(self.kept.read()["machine"])


def refused(permission: Permission, standing: Standing) -> NotLicensed:
    """Give the error for a permission that is not enough."""
    kinds: dict[str, type[NotLicensed]] = {
        "token_missing": TokenMissing,
        "not_checked": NotChecked,
        "answer_expired": NotChecked,
        "file_expired_since": NotChecked,
        "clock_set_back": ClockSetBack,
        Code.FEATURE_MISSING: FeatureMissing,
        Code.TOO_MANY_INSTALLATIONS: TooManyInstallations,
        Code.TOO_MANY_LEASES: TooManyInstallations,
    }
    kind = kinds.get(permission.code, NotLicensed)
    values = dict(standing.values)
    if permission.code == Code.FEATURE_MISSING:
        values["feature"] = permission.feature or _subjects(standing)
    return kind(
        permission.code,
        permission.message,
        access=permission.access,
        enforcement=permission.enforcement,
        **values,
    )


def _subjects(standing: Standing) -> str:
    findings = standing.answer.findings if standing.answer is not None else ()
    return ", ".join(name for one in findings if one.code == Code.FEATURE_MISSING for name in one.subjects)


def settings_of(product: Product, way: Way, *, language: str, on_error: str) -> Settings:
    """Check what a client is set up with.

    Raises:
        ValueError: an argument has a value that cannot be; the sentence names it.
    """
    if not product.key:
        raise ValueError("product must be the key of the product, such as acme")
    if not 0 < way.timeout <= LONGEST_TIMEOUT:
        raise ValueError(f"timeout must be more than 0 and at most {LONGEST_TIMEOUT:.0f} seconds")
    if on_error not in {"raise", "continue"}:
        raise ValueError('on_error must be "raise" or "continue"')
    released = product.released_on
    return Settings(
        product,
        way,
        "de" if language.lower().startswith("de") else "en",
        on_error == "continue",
        None if released is None else datetime.combine(released, datetime.min.time(), UTC),
    )
