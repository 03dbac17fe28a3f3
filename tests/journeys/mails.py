"""Mails of customers, as they come over the wire."""

import hashlib
from email.message import EmailMessage

from tests.support import desk
from torhaus.support.reply_addresses import reply_address


def mail(ticket, text="It works now.", sender=f"Mara Lindqvist <{desk.CUSTOMER}>", files=(), **headers) -> bytes:
    """A customer's answer by mail, as it comes over the wire."""
    made = EmailMessage()
    values = {"From": sender, "To": reply_address(ticket.number), "Subject": "Re: Update"}
    values |= {"Message-ID": f"<{hashlib.sha256(text.encode()).hexdigest()}@nordwind.example>"}
    for name, value in (values | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        made[name] = value
    made.set_content(text)
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()
