"""Canned answers: prepared texts of the staff, in the vendor's languages, with places for names and numbers."""

import re
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from torhaus.core.texts import text_in
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.support.models import CannedAnswer

PLACES = ("number", "subject", "customer", "staff")
_PLACE = re.compile(r"\{([a-z]+)\}")


class TitleTaken(Exception):
    """Another canned answer has this title."""


class UnknownCannedAnswer(Exception):
    """There is no such canned answer."""


def canned_answers() -> list[CannedAnswer]:
    """Give all canned answers by title."""
    return list(CannedAnswer.objects.order_by("title", "pk"))


def canned_answer(ref: str) -> CannedAnswer | None:
    """Find a canned answer."""
    return CannedAnswer.objects.filter(ref=ref).first()


def filled(canned: CannedAnswer, language: str, values: Mapping[str, str]) -> str:
    """Give the text in ``language`` with its places filled; what is no place stays as it was written."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text_in(canned.body, language))


def unknown_places(text: str) -> list[str]:
    """Give what looks like a place in ``text`` and is none."""
    return [place for place in dict.fromkeys(_PLACE.findall(text)) if place not in PLACES]


@deed("create_canned_answer")
def create_canned_answer(*, title: str, body: Mapping[str, str], by: Actor) -> CannedAnswer:
    """Keep a new canned answer.

    Raises:
        TitleTaken: another one has this title.
    """
    made = CannedAnswer(title=title, body=dict(body))
    _save(made)
    write_record(by=by, subject=("canned_answer", made.ref), after={"title": title})
    return made


@deed("edit_canned_answer")
def edit_canned_answer(*, ref: str, title: str, body: Mapping[str, str], by: Actor) -> CannedAnswer:
    """Change a canned answer; what was sent with it stays as it was sent.

    Raises:
        UnknownCannedAnswer: there is no such one.
        TitleTaken: another one has this title.
    """
    found = _locked(ref)
    if (found.title, found.body) == (title, dict(body)):
        nothing_done()
        return found
    before = found.title
    found.title, found.body = title, dict(body)
    _save(found)
    write_record(by=by, subject=("canned_answer", ref), before={"title": before}, after={"title": title})
    return found


@deed("delete_canned_answer")
def delete_canned_answer(*, ref: str, by: Actor) -> None:
    """Delete a canned answer.

    Raises:
        UnknownCannedAnswer: there is no such one.
    """
    found = _locked(ref)
    found.delete()
    write_record(by=by, subject=("canned_answer", ref), before={"title": found.title})


def _locked(ref: str) -> CannedAnswer:
    found = CannedAnswer.objects.select_for_update().filter(ref=ref).first()
    if found is None:
        raise UnknownCannedAnswer(ref)
    return found


def _save(canned: CannedAnswer) -> None:
    try:
        with transaction.atomic():
            canned.save()
    except IntegrityError as error:
        raise TitleTaken(canned.title) from error
