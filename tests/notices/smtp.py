"""A real mail server on this machine that keeps what it gets, and refuses what it is told to."""

from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

from tests.servers import free_port


class Mailbox:
    """What the server got; ``refuse`` maps recipients to the answer they get."""

    def __init__(self):
        self.mails = []
        self.refuse = {}
        self.connections = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.connections += 1
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@contextmanager
def mail_server(port=None):
    """Run the server; gives its mailbox and port."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()
