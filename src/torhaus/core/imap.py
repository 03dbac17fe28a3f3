"""A mailbox read by IMAP (RFC 9051, RFC 3501): what is unread, what it holds, and how a mail is marked afterwards."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

TIMEOUT = 60
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxUnavailable(Exception):
    """The mailbox cannot be read now: no server, no answer, a wrong password, no such folder."""


@dataclass(frozen=True)
class Account:
    """Where the mailbox is and how to sign in."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"


class Mailbox:
    """An open folder. Mails are named by their UID."""

    def __init__(self, server: imaplib.IMAP4) -> None:
        self._server = server

    def unread(self) -> list[str]:
        """Give the UIDs of mails nobody has read, oldest first."""
        found = self._ask("SEARCH", "UNSEEN")
        numbers = b" ".join(line for line in found if isinstance(line, bytes)).split()
        return [str(number) for number in sorted(int(number) for number in numbers if number.isdigit())]

    def size(self, uid: str) -> int:
        """Give a mail's size in bytes; 0 for one that is gone."""
        for line in self._ask("FETCH", uid, "(RFC822.SIZE)"):
            said = _SIZE.search(line if isinstance(line, bytes) else line[0])
            if said:
                return int(said[1])
        return 0

    def fetch(self, uid: str) -> bytes:
        """Give a mail as it came, without marking it as read; empty for one that is gone."""
        answer = self._ask("FETCH", uid, "(BODY.PEEK[])")
        return next((line[1] for line in answer if isinstance(line, tuple)), b"")

    def mark(self, uid: str, *, refused: bool = False) -> None:
        """Mark a mail as read, so that it is not fetched again; a refused one stands out for people, too."""
        self._ask("STORE", uid, "+FLAGS.SILENT", r"(\Seen \Flagged)" if refused else r"(\Seen)")

    def _ask(self, command: str, *words: str) -> list[bytes | tuple[bytes, bytes]]:
        try:
            state, answer = self._server.uid(command, *words)
        except (imaplib.IMAP4.error, OSError) as error:
            raise MailboxUnavailable(f"{command}: {_why(error)}") from error
        if state != "OK":
            raise MailboxUnavailable(f"{command}: the server says {state}")
        return [line for line in answer if isinstance(line, bytes | tuple)]


@contextmanager
def open_mailbox(account: Account) -> Iterator[Mailbox]:
    """Sign in and open the folder; sign out at the end.

    Raises:
        MailboxUnavailable: that was not possible.
    """
    server: imaplib.IMAP4 | None = None
    try:
        try:
            server = _connect(account)
            server.login(account.user, account.password)
            state, _ = server.select(_quoted(account.folder))
        except (imaplib.IMAP4.error, OSError, UnicodeError) as error:
            raise MailboxUnavailable(f"{account.host}:{account.port}: {_why(error)}") from error
        if state != "OK":
            raise MailboxUnavailable(f"{account.host}:{account.port}: there is no folder {account.folder}")
        yield Mailbox(server)
    finally:
        if server is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                server.logout()


def _connect(account: Account) -> imaplib.IMAP4:
    if account.tls:
        return imaplib.IMAP4_SSL(account.host, account.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)
    return imaplib.IMAP4(account.host, account.port, timeout=TIMEOUT)


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _why(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said or error)
    return f"{type(error).__name__}: {text}"[:300]
