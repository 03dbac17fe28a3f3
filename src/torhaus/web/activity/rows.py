"""Records as rows: who, what, whom and when, in words. Made at the request, used while a file is still being sent."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from torhaus.core.csv_files import Cell
from torhaus.frame.words import ROLES
from torhaus.records.activity import personal_values_of_across_customers
from torhaus.records.models import ActorKind, Record
from torhaus.web.activity.words import BY_ANYBODY, BY_STAFF, deed_text


@dataclass(frozen=True, slots=True)
class Row:
    """One deed as the log shows it."""

    at: datetime
    by: str
    event: str
    detail: str
    about: str
    about_mail: str


class Wording:
    """The words of a request's language, looked up once: a file is sent when the request's language is over."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.staff, self.token, self.itself = _("Our staff"), _("Licence token"), _("By itself")
        self.nobody = _("Not signed in")
        self.contract, self.erased = _("Contract"), _("name erased")
        self.roles = {str(role): str(text) for role, text in ROLES.items()}
        self.header = [_("Time"), _("Done by"), _("What happened"), _("Details"), _("Concerns"), _("Email address")]
        self.title = _("Activity")
        kinds = {ActorKind.STAFF: BY_STAFF, ActorKind.PERSON: BY_ANYBODY}
        self._texts = {
            kind: {deed: deed_text(Record(deed=deed, actor_kind=kind)) for deed in [*known, ""]}
            for kind, known in kinds.items()
        }

    def rows(self, records: Sequence[Record]) -> list[Row]:
        """Put records into words, with one query for all their names."""
        personal = personal_values_of_across_customers(records)
        return [self._row(record, personal.get(record.pk, {})) for record in records]

    def cells(self, chunks: Iterable[list[Record]]) -> Iterator[Sequence[Cell]]:
        """Give the rows of a file, chunk by chunk."""
        for chunk in chunks:
            for row in self.rows(chunk):
                yield (row.at, row.by, row.event, row.detail, row.about, row.about_mail)

    def _row(self, record: Record, personal: dict[str, str]) -> Row:
        texts = self._texts[ActorKind.STAFF if record.actor_kind == ActorKind.STAFF else ActorKind.PERSON]
        return Row(
            at=record.at.astimezone(self.zone),
            by=self._by(record, personal),
            event=texts.get(record.deed) or texts[""],
            detail=self._detail(record, personal),
            about=personal.get("name") or personal.get("seat_name") or "",
            about_mail=personal.get("mail") or personal.get("seat_mail") or "",
        )

    def _by(self, record: Record, personal: dict[str, str]) -> str:
        if record.actor_kind == ActorKind.PERSON:
            return personal.get("actor_name") or self.erased
        if record.actor_kind == ActorKind.TOKEN:
            return f"{self.token} {record.actor_ref}" if record.actor_ref else self.nobody
        return self.staff if record.actor_kind == ActorKind.STAFF else self.itself

    def _detail(self, record: Record, personal: dict[str, str]) -> str:
        roles = [
            self.roles[role] for role in (record.before.get("role"), record.after.get("role")) if role in self.roles
        ]
        contract = record.after.get("contract")
        parts = [" → ".join(dict.fromkeys(roles)), personal.get("installation_name", "")]
        parts.append(f"{self.contract} {contract}" if isinstance(contract, str) and contract else "")
        return ", ".join(part for part in parts if part)
