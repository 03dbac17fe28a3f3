"""What a customer may ask of sign-ins for it, and what follows for one person and one session. Pure."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Literal

PASSWORD, PASSKEY, CODE = "password", "passkey", "code"  # ways of signing in, no secrets
METHODS = (PASSWORD, PASSKEY, CODE)
NOBODY, SOME_ROLES, EVERYBODY = "nobody", "roles", "all"
IDLE_MINUTES, SESSION_HOURS = (5, 24 * 60), (1, 30 * 24)

Bar = Literal["", "over", "method", "factor"]


@dataclass(frozen=True)
class SecurityRules:
    """Who needs a second factor from which day on, when sessions end, and how one may sign in."""

    factor_for: str = NOBODY
    factor_roles: frozenset[str] = frozenset()
    factor_from: date | None = None
    idle_minutes: int | None = None
    session_hours: int | None = None
    methods: frozenset[str] = frozenset(METHODS)
    version: int = 0

    def factor_day(self, role: str) -> date | None:
        """Give the day from which on ``role`` needs a second factor, or None."""
        concerned = self.factor_for == EVERYBODY or (self.factor_for == SOME_ROLES and role in self.factor_roles)
        return self.factor_from if concerned else None

    def needs_factor(self, role: str, today: date) -> bool:
        """Whether ``role`` needs a second factor today."""
        day = self.factor_day(role)
        return day is not None and day <= today


@dataclass(frozen=True)
class Signed:
    """What is known of a session: by what it was proved whose it is, how old it is, and how long it once lay unused."""

    methods: frozenset[str]
    factor: bool
    seconds: float
    pause: float


def over(rules: SecurityRules, session: Signed) -> bool:
    """Whether the session is older, or once lay unused for longer, than the customer allows."""
    idle, hours = rules.idle_minutes, rules.session_hours
    return bool((idle and session.pause >= idle * 60) or (hours and session.seconds >= hours * 3600))


def bar_for(rules: SecurityRules, session: Signed, role: str, today: date) -> Bar:
    """Say what keeps a person in ``role`` out of the customer's pages; the empty text lets them in."""
    if over(rules, session):
        return "over"
    if not allows(rules, session.methods):
        return "method"
    return "factor" if rules.needs_factor(role, today) and not session.factor else ""


def allows(rules: SecurityRules, methods: AbstractSet[str]) -> bool:
    """Whether one of ``methods`` is enough."""
    return bool(rules.methods & methods)


def faults_of(rules: SecurityRules, roles: AbstractSet[str]) -> list[str]:
    """Name the fields that make no sense, where ``roles`` are those there are."""
    wrong = {
        "factor_for": rules.factor_for not in (NOBODY, SOME_ROLES, EVERYBODY),
        "factor_roles": not rules.factor_roles <= roles or (rules.factor_for == SOME_ROLES) != bool(rules.factor_roles),
        "factor_from": (rules.factor_for == NOBODY) != (rules.factor_from is None),
        "idle_minutes": not _within(rules.idle_minutes, IDLE_MINUTES),
        "session_hours": not _within(rules.session_hours, SESSION_HOURS),
        # Codes alone: whoever asks for many of them in somebody's name would keep them out.
        "methods": rules.methods in (frozenset(), frozenset({CODE})) or not rules.methods <= set(METHODS),
    }
    return [field for field, is_wrong in wrong.items() if is_wrong]


def _within(value: int | None, limits: tuple[int, int]) -> bool:
    return value is None or limits[0] <= value <= limits[1]
