"""What the client tells: results of its calls and the status, as plain values without a way back to the server."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from torhaus_sdk.answers import Access, Enforcement
from torhaus_sdk.messages import day, sentence

__all__ = [
    "Activated",
    "AddOn",
    "Added",
    "CheckResult",
    "Deactivated",
    "Installed",
    "LastCheck",
    "LicenceRow",
    "Mode",
    "Permission",
    "Quota",
    "Removed",
    "Saved",
    "Status",
    "Trial",
    "UsageResult",
    "Warned",
]


class Mode(StrEnum):
    """What the licence rests on now: an answer of the server, an offline licence, or nothing."""

    ONLINE = "online"
    OFFLINE = "offline"
    NONE = "none"


@dataclass(frozen=True)
class Quota:
    """How much may be used and is: ``max`` None is unlimited, ``used`` None is not known."""

    max: int | None
    used: int | None = None

    @property
    def unlimited(self) -> bool:
        """Whether there is no limit."""
        return self.max is None

    @property
    def free(self) -> int | None:
        """What is left, never below 0; None where that is unlimited or not known."""
        return None if self.max is None or self.used is None else max(0, self.max - self.used)


@dataclass(frozen=True)
class Trial:
    """A licence for trying: its end, the days left, and where to get an offer (B52; empty: not known)."""

    ends_at: datetime
    days_left: int
    offer_url: str = ""

    def message(self, language: str = "en") -> str:
        """Give the hint as a sentence."""
        return sentence("trial_hint", language, until=day(self.ends_at, language), days=self.days_left)


@dataclass(frozen=True)
class LicenceRow:
    """A licence as it is listed: retrieved from the server or installed from a file. ``id`` is what ``remove`` takes.

    ``ends_at`` None is without end (B53). This is for showing; permission comes from signed statements only.
    """

    id: str
    product: str
    name: str
    kind: str
    source: Mode
    valid: bool
    code: str
    edition: str = ""
    environment: str = ""
    created_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    days_left: int | None = None
    items: tuple[str, ...] = ()

    @property
    def unlimited(self) -> bool:
        """Whether it has no end."""
        return self.ends_at is None


@dataclass(frozen=True)
class AddOn:
    """An add-on that is booked: ``state`` is ``active``, ``upcoming`` or ``expired``.

    ``starts_on`` None is since ever, ``ends_on`` None is with the contract, ``days_left`` None is without end (B75).
    This is for showing; ask ``permission`` for the key whether it may be used.
    """

    key: str
    name: str
    quantity: int
    state: str
    starts_on: date | None = None
    ends_on: date | None = None
    days_left: int | None = None


@dataclass(frozen=True)
class LastCheck:
    """The last time the server was asked, or an offline licence was installed (B44)."""

    at: datetime
    ok: bool
    code: str
    message: str
    licences: int


@dataclass(frozen=True)
class Warned:
    """Something that should be put right though the product runs: a code and a sentence."""

    code: str
    message: str


@dataclass(frozen=True)
class Permission:
    """What the product may do now. ``message`` is worth showing unless ``code`` is ``valid``.

    ``until`` is when this judgement ends by itself at the latest; None is open.
    """

    access: Access
    code: str
    message: str
    enforcement: Enforcement = Enforcement.BLOCK
    feature: str = ""
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self.access is Access.FULL


@dataclass(frozen=True)
class Status:
    """Everything known without contact: what an administrator's page of the product shows.

    ``ends_at`` None together with ``unlimited`` is a licence without end (B53). ``good_until`` is how long the
    signed statement counts if nothing new comes: the offline grace, or the end of the offline licence.
    ``add_ons`` are those the server listed at the last check, upcoming and expired ones, too.
    ``limits`` are the allowances by meter, ``seats`` by kind, ``places`` are ``installations`` and ``leases``.
    ``server_away`` holds the sentence of the last failed contact, empty if the last one succeeded.
    """

    product: str
    server: str
    mode: Mode
    token: str
    valid: bool
    code: str
    access: Access
    enforcement: Enforcement
    message: str
    next_step: str
    last_check: LastCheck | None = None
    licences: tuple[LicenceRow, ...] = ()
    add_ons: tuple[AddOn, ...] = ()
    contract: str = ""
    customer: str = ""
    kind: str = ""
    edition: str = ""
    ends_at: datetime | None = None
    unlimited: bool = False
    days_left: int | None = None
    maintained_until: datetime | None = None
    good_until: datetime | None = None
    next_check_at: datetime | None = None
    limits: Mapping[str, Quota] = field(default_factory=dict)
    seats: Mapping[str, Quota] = field(default_factory=dict)
    places: Mapping[str, Quota] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    trial: Trial | None = None
    installation: str = ""
    installation_name: str = ""
    server_away: str = ""
    usage_waiting: int = 0
    warnings: tuple[Warned, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as JSON values: moments are written as 2026-11-22T12:00:00Z."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


@dataclass(frozen=True)
class Saved:
    """A licence token was saved, shown masked; ``warnings`` if it could not be written down."""

    token: str
    message: str
    replaced: bool = False
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class Added:
    """A code the server found besides the deciding one, with a sentence and what it is about."""

    code: str
    message: str
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckResult:
    """What the server said. ``next_step`` is what to do now, or what to tell the users (B51)."""

    at: datetime
    valid: bool
    code: str
    access: Access
    enforcement: Enforcement
    message: str
    next_step: str
    licences: tuple[LicenceRow, ...] = ()
    findings: tuple[Added, ...] = ()
    status: Status | None = None


@dataclass(frozen=True)
class Activated:
    """The installation has its place; ``answer`` is the licence as the server sees it now."""

    installation: str
    name: str
    counts: bool
    message: str
    answer: CheckResult


@dataclass(frozen=True)
class Deactivated:
    """The installation gave its place back (or only its lease); empty if it had none."""

    installation: str
    message: str


@dataclass(frozen=True)
class Installed:
    """An offline licence was installed: its number, what it holds, until when it can be used, whom to tell (B51)."""

    id: str
    licences: tuple[LicenceRow, ...]
    expires_at: datetime
    message: str
    next_step: str
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class Removed:
    """The ids that were removed (B50); those that were not there are left out."""

    ids: tuple[str, ...]
    message: str


@dataclass(frozen=True)
class UsageResult:
    """What became of readings: sent now, waiting for the server, given up because the server refused them.

    ``meters`` is the server's word on each meter: used, limit and ``states`` (fine, near, warn, over).
    """

    sent: int
    waiting: int
    refused: tuple[str, ...] = ()
    meters: Mapping[str, Quota] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    message: str = ""


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value
