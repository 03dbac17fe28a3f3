"""Reads a mail as it came over the wire. Whatever it holds, it is read or refused with a reason; nothing crashes.

Guards come before the parser: size, number of lines, header block, long fields and containers are counted in the
raw bytes, because the standard library's parser takes time and stack by them.
"""

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from torhaus.core.mail_text import text_of_html

MOST_BYTES = 25 * 1024**2
MOST_LINES = 1_000_000
MOST_HEADER_BYTES = 64 * 1024
MOST_FIELD_BYTES = 4 * 1024  # of a field with parameters, in any part: they are read in quadratic time
MOST_PARTS = 100
MOST_CONTAINERS = 20  # multiparts and enclosed messages, which may stand in one another
MOST_TEXT = 200_000
MOST_ADDRESSES = 100

_CONTAINER = re.compile(rb"content-type\s*:\s*(?:multipart|message)/", re.IGNORECASE)
_LONG_FIELD = re.compile(
    rb"(?:^|[\r\n])content-(?:type|disposition)[^\r\n:]*:((?:[^\r\n]|\r?\n[ \t]|\r[ \t]){%d})" % MOST_FIELD_BYTES,
    re.IGNORECASE,
)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ADDRESS = re.compile(r"[^@\s<>\"(),:;\\\x00-\x1f\x7f]{1,64}@[^@\s<>\"(),:;\\\x00-\x1f\x7f]{1,180}")
_KIND = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,58}")
# Python knows them by name, but no mail program writes in them, and some take quadratic time.
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})
# The parser of the standard library is not written for enemies; what breaks it is refused.
_BROKEN = (RecursionError, ValueError, LookupError, AttributeError, TypeError, AssertionError)
_RECIPIENTS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")


class UnreadableMail(Exception):
    """The mail is refused before it is read whole: too large, too deep, or no mail at all."""


@dataclass(frozen=True)
class ReceivedFile:
    """A file that came with a mail; ``name`` is as the sender wrote it."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class ReceivedHead:
    """What of a mail's header block is used. ``automatic`` says why no person wrote it, or nothing."""

    message_id: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    automatic: str
    own: bool


@dataclass(frozen=True)
class ReceivedMail(ReceivedHead):
    """What of a whole mail is used.

    ``content_id`` has the form of a Message-ID and is made of the content; it stands in for one that is missing.
    """

    content_id: str
    text: str
    files: tuple[ReceivedFile, ...]


def read_head(raw: bytes, *, own_header: str = "") -> ReceivedHead:
    """Read the header block of a mail (RFC 5322) and nothing behind it. ``own_header`` is what our own mails bear.

    Raises:
        UnreadableMail: a guard refused it.
    """
    block = _header_block(raw)
    _guard_fields(block)
    try:
        return _head(BytesHeaderParser().parsebytes(block), own_header)
    except _BROKEN as error:
        raise UnreadableMail(f"no mail that can be read: {type(error).__name__}") from error


def read_mail(raw: bytes, *, own_header: str = "") -> ReceivedMail:
    """Read a mail (RFC 5322 with MIME). ``own_header`` is what our own mails bear.

    Raises:
        UnreadableMail: a guard refused it.
    """
    _guard(raw)
    try:
        message = message_from_bytes(raw)
        parts = list(_parts(message))
        head = _head(message, own_header)
    except _BROKEN as error:
        raise UnreadableMail(f"no mail that can be read: {type(error).__name__}") from error
    content_id = f"<sha256.{hashlib.sha256(raw).hexdigest()}@no-message-id.invalid>"
    read = {**vars(head), "message_id": head.message_id or content_id}
    return ReceivedMail(**read, content_id=content_id, text=_text(parts), files=tuple(_files(parts)))


def _head(message: "Message[str, str]", own_header: str) -> ReceivedHead:
    senders = _addresses(message, ("From",)) or _addresses(message, ("Sender",))
    name, sender = senders[0] if senders else ("", "")
    found = {address.lower(): None for _, address in _addresses(message, _RECIPIENTS)}
    return ReceivedHead(
        message_id=_message_id(message),
        sender=sender,
        sender_name=" ".join(name.split())[:160],
        recipients=tuple(found),
        subject=" ".join(header_text(message, "Subject").split())[:500],
        automatic=_automatic(message, sender),
        own=bool(own_header and message.get(own_header) is not None),
    )


def header_text(message: "Message[str, str]", name: str) -> str:
    """Give a header decoded (RFC 2047), without control characters; what cannot be decoded stands as it came."""
    value = message.get(name)
    return "" if value is None else _decoded(str(value))


def _header_block(raw: bytes) -> bytes:
    if len(raw) > MOST_BYTES:
        raise UnreadableMail(f"larger than {MOST_BYTES // 1024**2} MiB")
    start = raw[: MOST_HEADER_BYTES + 4]
    blank = _BLANK_LINE.search(start)
    if blank is None and len(raw) > MOST_HEADER_BYTES:
        raise UnreadableMail(f"more than {MOST_HEADER_BYTES // 1024} KiB of headers")
    return start[: blank.end()] if blank else start


def _guard_fields(raw: bytes) -> None:
    if _LONG_FIELD.search(raw):
        raise UnreadableMail(f"a field of more than {MOST_FIELD_BYTES // 1024} KiB")


def _guard(raw: bytes) -> None:
    _header_block(raw)
    if raw.count(b"\n") + raw.count(b"\r") > 2 * MOST_LINES:
        raise UnreadableMail(f"more than {MOST_LINES} lines")
    if sum(1 for _ in _CONTAINER.finditer(raw)) > MOST_CONTAINERS:
        raise UnreadableMail(f"more than {MOST_CONTAINERS} containers in one another")
    _guard_fields(raw)


def _parts(message: "Message[str, str]") -> Iterator["Message[str, str]"]:
    """Give the parts that are no containers; an enclosed message counts as one part."""
    waiting, seen = [message], 0
    while waiting:
        part = waiting.pop(0)
        seen += 1
        if seen > MOST_PARTS:
            raise UnreadableMail(f"more than {MOST_PARTS} parts")
        # Of what is no container the payload would be decoded here, by whatever charset it names.
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting[:0] = [one for one in part.get_payload() if isinstance(one, Message)]
        else:
            yield part


def _message_id(message: "Message[str, str]") -> str:
    found = re.search(r"<[^<>\s]{3,240}>", header_text(message, "Message-ID"))
    return found.group() if found else ""


def _addresses(message: "Message[str, str]", names: tuple[str, ...]) -> list[tuple[str, str]]:
    found = []
    for name in names:
        for value in (message.get_all(name) or [])[:20]:
            try:
                pairs = getaddresses([str(value)[:8192]])
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
                continue
            found += [(_decoded(shown), address) for shown, address in pairs if _ADDRESS.fullmatch(address)]
    return found[:MOST_ADDRESSES]


def _decoded(value: str) -> str:
    value = value[:8192]
    try:
        words = decode_header(value)
    except (HeaderParseError, ValueError, LookupError):
        words = [(value, None)]
    text = "".join(word if isinstance(word, str) else _bytes_text(word, charset) for word, charset in words)
    return _clean(text).replace("\n", " ").strip()


def _bytes_text(content: bytes, charset: str | None) -> str:
    for name in (charset or "", "utf-8", "latin-1"):
        try:
            text = content.decode(name) if name and codecs.lookup(name).name not in _NO_CHARSETS else None
        except (LookupError, ValueError, UnicodeError, TypeError):
            continue
        if isinstance(text, str):
            return text
    return content.decode("ascii", "replace")


def _clean(text: str) -> str:
    """Drop what no database and no page takes: lone surrogates and control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8"))


def _is_file(part: "Message[str, str]") -> bool:
    try:
        return part.get_content_disposition() == "attachment" or bool(part.get_filename())
    except (ValueError, LookupError, TypeError, AttributeError):
        return True


def _content(part: "Message[str, str]") -> bytes:
    try:
        if part.get_content_type() == "message/rfc822":
            inside = part.get_payload()
            enclosed = inside[0] if isinstance(inside, list) and inside else None
            return enclosed.as_bytes() if isinstance(enclosed, Message) else b""
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return b""
    return content if isinstance(content, bytes) else b""


def _part_text(part: "Message[str, str]") -> str:
    try:
        charset = part.get_content_charset()
    except (ValueError, LookupError, TypeError, AttributeError):
        charset = None
    return _clean(_bytes_text(_content(part)[: 4 * MOST_TEXT], charset))[:MOST_TEXT]


def _text(parts: list["Message[str, str]"]) -> str:
    """Give the plain text parts, or the HTML ones as text where there is no plain text."""
    shown = [part for part in parts if not _is_file(part)]
    plain = [text.strip() for text in _texts(shown, "text/plain")]
    if not any(plain):
        plain = [text_of_html(html).strip() for html in _texts(shown, "text/html")]
    return "\n\n".join(text for text in plain if text)[:MOST_TEXT]


def _texts(parts: list["Message[str, str]"], kind: str) -> Iterator[str]:
    """Give the texts of a kind, MOST_TEXT characters of them together."""
    room = MOST_TEXT
    for part in parts:
        if room > 0 and part.get_content_type() == kind:
            text = _part_text(part)[:room]
            room -= len(text)
            yield text


def _files(parts: list["Message[str, str]"]) -> Iterator[ReceivedFile]:
    for part in parts:
        kind = part.get_content_type()
        if not _is_file(part) and kind in {"text/plain", "text/html"}:
            continue
        content = _content(part)
        if content:
            yield ReceivedFile(_file_name(part), kind if _KIND.fullmatch(kind) else "application/octet-stream", content)


def _file_name(part: "Message[str, str]") -> str:
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError, AttributeError):
        name = None
    name = _decoded(name) if name else ""
    # A path of the sender's machine is no part of the name.
    name = re.split(r"[/\\]", name)[-1].strip(" .") or "attachment"
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= 180 else stem[:160] + dot + ending[:19]


def _automatic(message: "Message[str, str]", sender: str) -> str:
    """Say why no person wrote this (RFC 3834 section 2, RFC 2919, RFC 3464), or nothing."""
    said = {name: header_text(message, name).lower() for name in ("Auto-Submitted", "Precedence", "Return-Path")}
    if said["Auto-Submitted"] and said["Auto-Submitted"].partition(";")[0].strip() != "no":
        return "Auto-Submitted"
    if said["Precedence"].strip() in {"bulk", "junk", "list", "auto_reply"}:
        return "Precedence"
    if message.get("Return-Path") is not None and said["Return-Path"].strip() in {"", "<>"}:
        return "empty Return-Path"
    for name in ("List-Id", "X-Loop", "X-Autoreply", "X-Autorespond"):
        if message.get(name) is not None:
            return name
    if message.get_content_type() == "multipart/report":
        return "delivery report"
    if not sender or sender.partition("@")[0].lower() in {"mailer-daemon", "postmaster"}:
        return "no sender"
    return ""
