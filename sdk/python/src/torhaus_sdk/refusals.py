"""Why a signed text is refused. Each reason is a class with a ``code`` that stays the same in later versions."""

from typing import ClassVar


class Refused(ValueError):
    """The text must not be relied on. ``code`` is for programs, ``str()`` is a sentence for people."""

    code: ClassVar[str] = "refused"


class InvalidStatement(Refused):
    """The text is not a statement signed by a trusted key."""

    code = "malformed"


class Malformed(InvalidStatement):
    """It does not have the form: damaged, cut short, changed, or something else altogether."""


class WrongType(InvalidStatement):
    """It is a signed statement, but of another type."""

    code = "wrong_type"


class WrongAlgorithm(InvalidStatement):
    """Its header asks for another algorithm than the one the trusted keys have."""

    code = "wrong_algorithm"


class UnknownKey(InvalidStatement):
    """None of the trusted keys has the key id it names."""

    code = "unknown_key"


class BadSignature(InvalidStatement):
    """The signature does not fit: text or signature was changed, or another key made it."""

    code = "bad_signature"


class UnsupportedVersion(Refused):
    """Its format is of a later major version than this software reads."""

    code = "unsupported_version"


class WrongAudience(Refused):
    """It is for other products."""

    code = "wrong_audience"


class NotYetValid(Refused):
    """Its time has not begun."""

    code = "not_yet_valid"


class Expired(Refused):
    """The file's time is over; a newer one may be had."""

    code = "expired"


class WrongToken(Refused):
    """It belongs to another licence token."""

    code = "wrong_token"


class WrongMachine(Refused):
    """It is bound to other machines."""

    code = "wrong_machine"


REFUSALS: dict[str, type[Refused]] = {
    refusal.code: refusal
    for refusal in (
        Malformed,
        WrongType,
        WrongAlgorithm,
        UnknownKey,
        BadSignature,
        UnsupportedVersion,
        WrongAudience,
        NotYetValid,
        Expired,
        WrongToken,
        WrongMachine,
    )
}
