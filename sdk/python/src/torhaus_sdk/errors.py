"""Why a licence cannot be used, checked or changed: one class for each thing a product handles differently.

Every error has a ``code`` that stays the same in later versions, and a ``message("de")`` for people
that says what to do next. ``str()`` gives the English one. None of them ever holds a licence token.
"""

from typing import Any, ClassVar

from torhaus_sdk.answers import Access, Code, Enforcement
from torhaus_sdk.messages import sentence

__all__ = [
    "AnswerRefused",
    "ClockSetBack",
    "FeatureMissing",
    "FileRefused",
    "HolderUnfit",
    "LicenceError",
    "MailTaken",
    "NoFreeSeat",
    "NotChecked",
    "NotConvertible",
    "NotLicensed",
    "RequestRefused",
    "SeatEndPassed",
    "SeatKindUnknown",
    "SeatRefused",
    "SeatReleased",
    "SeatUnknown",
    "SecondFactorActive",
    "ServerUnreachable",
    "StateUnreadable",
    "TokenInvalid",
    "TokenMissing",
    "TooManyInstallations",
    "TooManyRequests",
]


class LicenceError(Exception):
    """Whatever the SDK raises. Catch this one to be sure that licensing never breaks the product."""

    code: str = "licence_error"

    def __init__(self, code: str = "", said: str = "", **values: Any) -> None:
        super().__init__(code)
        self.code = code or self.code
        self.said = said  # a sentence of the server or of a verifier, where there is no better one
        self.values = values

    def message(self, language: str = "en") -> str:
        """Give a sentence for people in German (``de``) or English that says what to do next."""
        return sentence(self.code, language, said=self.said, **self.values)

    def __str__(self) -> str:
        return self.message()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r})"


class NotLicensed(LicenceError):
    """The product must not do this now. ``access`` is what remains allowed; ``code`` one of ``answers.Code`` mostly."""

    code = "not_licensed"

    def __init__(
        self,
        code: str = "",
        said: str = "",
        *,
        access: Access = Access.NONE,
        enforcement: Enforcement = Enforcement.BLOCK,
        **values: Any,
    ) -> None:
        super().__init__(code, said, **values)
        self.access = access
        self.enforcement = enforcement


class TokenMissing(NotLicensed):
    """No licence token was saved yet."""

    code = "token_missing"


class NotChecked(NotLicensed):
    """A token is saved, but nothing was retrieved with it yet, or what was is over (``answer_expired``)."""

    code = "not_checked"


class FeatureMissing(NotLicensed):
    """The licence is good, but the feature is not part of it: ``feature``."""

    code = Code.FEATURE_MISSING.value

    @property
    def feature(self) -> str:
        """The key of the feature."""
        return str(self.values.get("feature", ""))


class TooManyInstallations(NotLicensed):
    """All installations or leases of the licence are taken."""

    code = Code.TOO_MANY_INSTALLATIONS.value


class ClockSetBack(NotLicensed):
    """The clock of this machine shows an earlier time than it did before, or than the server's answer says."""

    code = "clock_set_back"


class TokenInvalid(LicenceError):
    """The token is mistyped (``token_malformed``) or the server does not know it any more (``token_invalid``)."""

    code = "token_invalid"


class ServerUnreachable(LicenceError):
    """There was no answer of the licence server; ``reason`` says why. What was licensed before goes on for a while.

    Reasons: ``dns``, ``refused``, ``network``, ``timeout``, ``tls``, ``proxy``, ``redirected``,
    ``server_error``, ``not_torhaus``.
    """

    code = "server_unreachable"
    REASONS: ClassVar[tuple[str, ...]] = (
        "dns",
        "refused",
        "network",
        "timeout",
        "tls",
        "proxy",
        "redirected",
        "server_error",
        "not_torhaus",
    )

    def __init__(self, reason: str, *, retry_after: int | None = None, **values: Any) -> None:
        super().__init__(f"server_unreachable_{reason}", **values)
        self.reason = reason
        self.retry_after = retry_after


class TooManyRequests(ServerUnreachable):
    """The server asks to wait ``retry_after`` seconds."""

    def __init__(self, *, retry_after: int, **values: Any) -> None:
        super().__init__("too_many_requests", retry_after=retry_after, seconds=retry_after, **values)


class AnswerRefused(LicenceError):
    """The server's answer is not relied on; ``code`` begins with ``answer_``.

    ``answer_unknown_key``, ``answer_unsigned`` (form or signature), ``answer_replayed`` (not the answer to this
    question), ``answer_of_other_product``, ``answer_of_other_installation``, ``answer_times``.
    """

    code = "answer_unsigned"


class FileRefused(LicenceError):
    """An offline licence was not installed; what was there before still counts.

    ``code`` begins with ``file_`` and ends with a code of ``torhaus_sdk.refusals``, or is
    ``file_superseded``, ``file_revoked`` or ``file_unreadable``.
    """

    code = "file_malformed"


class RequestRefused(LicenceError):
    """The server understood and refused; ``code`` is that of its problem details, ``status`` that of HTTP."""

    code = "request_refused"

    def __init__(self, code: str, said: str = "", *, status: int = 0, **values: Any) -> None:
        super().__init__(code, said, **values)
        self.status = status


class SeatRefused(RequestRefused):
    """A seat was not assigned, reassigned, extended or released, and nothing was changed. Its kinds say why."""

    code = "seat_refused"

    @property
    def about(self) -> str:
        """What it is about: the key of a kind, the reference of a seat (of ``MailTaken``: the one there is), a day."""
        return str(self.values.get("about", ""))


class NoFreeSeat(SeatRefused):
    """As many seats of this kind are held as are booked (B81)."""

    code = "no_free_seat"


class SeatKindUnknown(SeatRefused):
    """The catalogue has no kind of seat with this key."""

    code = "unknown_seat_kind"


class SeatUnknown(SeatRefused):
    """The contract has no seat with this reference."""

    code = "seat_unknown"


class SeatReleased(SeatRefused):
    """The seat was released; nobody holds it any more."""

    code = "seat_released"


class HolderUnfit(SeatRefused):
    """A person needs a mail address; a thing needs a name, and has no address."""

    code = "seat_holder_unfit"


class MailTaken(SeatRefused):
    """The mail address holds a seat of this kind already: ``about`` (B94)."""

    code = "seat_mail_taken"


class NotConvertible(SeatRefused):
    """The mail address holds the seat ``about`` of a kind that does not become this one, such as a guest (B85)."""

    code = "seat_not_convertible"


class SecondFactorActive(SeatRefused):
    """The holder of the seat ``about`` has a second factor; it is removed before another gets the seat (B89)."""

    code = "seat_second_factor"


class GuestsNotAllowed(SeatRefused):
    """The holder of the seat ``about`` may create no guests; an administrator permits it in the portal (B104)."""

    code = "seat_guests_not_allowed"


class SeatEndPassed(SeatRefused):
    """The last day of a temporary seat lies in the past."""

    code = "seat_end_passed"


class StateUnreadable(LicenceError):
    """The state file cannot be read or written; the SDK goes on in memory. Never raised, only told as a warning.

    ``state_unreadable``, ``state_damaged``, ``state_unwritable``, ``state_newer``.
    """

    code = "state_unreadable"


_OF_SEATS = (
    NoFreeSeat, SeatKindUnknown, SeatUnknown, SeatReleased, HolderUnfit, MailTaken, NotConvertible, SecondFactorActive, GuestsNotAllowed,
    SeatEndPassed,
)  # fmt: skip
SEAT_REFUSALS: dict[str, type[SeatRefused]] = {one.code: one for one in _OF_SEATS}
