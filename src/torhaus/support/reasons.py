"""What a ticket can be about: the vendor's own choice, or a usual one. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from torhaus.core.texts import Texts, text_in


@dataclass(frozen=True)
class Reason:
    """Something a ticket can be about; ``name`` is in the vendor's languages."""

    key: str
    name: Texts


USUAL = (
    Reason("question", {"de": "Frage", "en": "Question"}),
    Reason("malfunction", {"de": "Störung", "en": "Malfunction"}),
    Reason("installation", {"de": "Installation oder Update", "en": "Installation or update"}),
    Reason("licence", {"de": "Lizenz", "en": "Licence"}),
    Reason("feature", {"de": "Funktionswunsch", "en": "Feature request"}),
)


def reasons_of(own: Iterable[Mapping[str, Any]]) -> tuple[Reason, ...]:
    """Give the vendor's reasons (``Vendor.support_reasons``), or the usual ones if it has none."""
    return tuple(Reason(str(one["key"]), dict(one["name"])) for one in own) or USUAL


def reason_name(key: str, own: Iterable[Mapping[str, Any]], language: str) -> str:
    """Give what a reason is called; one the vendor no longer has shows its key, or its usual name."""
    known = {reason.key: reason for reason in (*USUAL, *reasons_of(own))}
    return text_in(known[key].name, language) if key in known else key
