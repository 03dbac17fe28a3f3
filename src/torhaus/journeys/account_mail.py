"""Mails that tell a person that how they sign in was changed, in their language; nothing in them lets anybody in."""

import logging
from typing import Any

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.notices.letters import MailRefused
from torhaus.records.deeds import Actor, part
from torhaus.vendor.queries import NoVendor

_log = logging.getLogger(__name__)


@part
def tell_person(
    *, user: User, change: str, by: Actor, about: str = "", to: str = "", context: dict[str, Any] | None = None
) -> None:
    """Write the mail about a ``change`` (``notices/mail/_account_change.txt`` names them), in the deed's transaction.

    ``about`` is what the person called a passkey; ``to`` is a mailbox other than theirs by now. The deed never fails by
    its mail: a name that cannot stand in one is left out, and before there is a vendor nobody can be written to.
    """
    said = {"change": change, "at": clock.now(), "address": by.address, "staff": user.is_staff} | (context or {})
    for name, named in ((user.name, about), ("", "")):
        try:
            mail_from_vendor(
                template="account_changed",
                recipient=to or user.mail,
                recipient_name=name,
                language=user.language,
                context=said | {"about": named},
            )
        except NoVendor:
            return
        except MailRefused as error:
            _log.warning("a mail is written without names", extra={"event": {"reason": str(error), "person": user.ref}})
        else:
            return
