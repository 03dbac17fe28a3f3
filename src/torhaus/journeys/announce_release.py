"""The deed ``announce_release``: mails about a published version, a page of readers at a time.

Each page is one transaction: its mails, the mailboxes they go to and the place behind it.
A page that is run twice finds that its place has passed; a mailbox is told once.
"""

import logging
import re
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import reverse

from torhaus.core.link_codes import mark_of
from torhaus.core.markdown import markdown_words
from torhaus.core.texts import text_in
from torhaus.journeys.vendor_mail import sender_of
from torhaus.notices.actions import write_mail
from torhaus.notices.letters import MailRefused
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.records.models import ActorKind
from torhaus.releases.announcements import (
    Page,
    Reader,
    announced,
    contacts_across_customers,
    lock_announcement,
    move_on,
    not_told_yet,
    subscribers_across_customers,
)
from torhaus.releases.models import AnnouncedTo, Announcement
from torhaus.releases.staff_queries import Published, name_of, subject_of
from torhaus.vendor.queries import the_vendor

EXCERPT = 600
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t].*$", re.MULTILINE)
BY = Actor(ActorKind.SYSTEM, "announcement")
_log = logging.getLogger(__name__)


@deed("announce_release")
def announce_release(*, announcement_id: int, reached: str, cursor: int) -> Announcement | None:
    """Write the next page of mails about a version, if it stands at ``reached`` and ``cursor``.

    Gives the announcement if another page follows, None if all are told, somebody else went on,
    or the version was withdrawn meanwhile.
    """
    row = lock_announcement(announcement_id, reached=reached, cursor=cursor)
    published = announced(row) if row is not None else None
    if row is None or published is None or published.withdrawn_at is not None or row.reached == AnnouncedTo.ALL:
        nothing_done()
        return None
    page = _page(row, published)
    written = _write(published, not_told_yet(row, page.readers))
    move_on(row, page, mails=written)
    if written:
        said = {"version": published.version, "of": text_in(name_of(published), "en"), "mails": written}
        write_record(by=BY, subject=subject_of(published), after=said)
    else:
        nothing_done()
    return row if row.reached != AnnouncedTo.ALL else None


def _page(row: Announcement, published: Published) -> Page:
    if row.reached == AnnouncedTo.SUBSCRIBERS:
        return subscribers_across_customers(published, row.cursor)
    return contacts_across_customers(published, row.cursor)


def _write(published: Published, readers: list[Reader]) -> int:
    sender, base = sender_of(the_vendor()), settings.OPTIONS.public_url.rstrip("/")
    said = cache(lambda language: _said(published, language, base))
    written = 0
    for reader in readers:
        link = base + _path_to_end(reader.subscription) if reader.subscription else ""
        try:
            write_mail(
                template="release_announced",
                recipient=reader.mail,
                recipient_name=reader.name,
                language=reader.language,
                sender=sender,
                customer_ref=reader.customer_ref,
                context={**said(reader.language), "unsubscribe": link},
                headers=_headers(link) if link else None,
            )
        except MailRefused as error:  # as a vendor's files may bring one
            _log.warning("a mailbox is not told", extra={"event": {"release": published.ref, "reason": error}})
        else:
            written += 1
    return written


def _said(published: Published, language: str, base: str) -> dict[str, Any]:
    # A heading runs into what follows it when all stands in one line.
    words = " ".join(markdown_words(_HEADING.sub("", text_in(published.notes, language))).split())
    excerpt = words if len(words) <= EXCERPT else words[:EXCERPT].rsplit(" ", 1)[0] + " …"
    return {
        "name": text_in(name_of(published), language),
        "version": published.version,
        "security": published.security,
        # Two brackets begin a mark that becomes a code; notes have no codes.
        "excerpt": excerpt.replace("[[", "[ ["),
        "link": base + reverse("web:downloads"),
    }


def _path_to_end(ref: str) -> str:
    return reverse("web:end_release_mails", args=[ref, "-code-"]).replace("-code-", mark_of(ref))


def _headers(link: str) -> dict[str, str]:
    """Let mail programs end a subscription by one click (RFC 8058)."""
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
