"""Mails as people, programs and enemies send them: read or refused, and never a crash."""

import base64
import random
import time
from email.message import EmailMessage

import pytest

from torhaus.core.mail_text import answer_of, text_of_html
from torhaus.core.received_mail import (
    MOST_BYTES,
    MOST_CONTAINERS,
    MOST_PARTS,
    ReceivedMail,
    UnreadableMail,
    read_mail,
)

MARKERS = ("Please answer above this line", "Bitte antworten Sie oberhalb dieser Zeile")


def mail(text="Guten Tag", **headers) -> EmailMessage:
    made = EmailMessage()
    values = {"From": "Mara Lindqvist <mara@nordwind.example>", "To": "help+x@acme.example", "Subject": "Re: Frage"}
    for name, value in (values | {"Message-ID": "<1@nordwind.example>"} | headers).items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def test_a_mail_of_a_person_is_read():
    made = mail("Größe: ×\r\nZweite Zeile", Cc="a@b.example, Help <HELP+y@acme.example>", Delivered_To="q@acme.example")
    made.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="Übersicht.pdf")
    read = read_mail(made.as_bytes())
    assert (read.sender, read.sender_name) == ("mara@nordwind.example", "Mara Lindqvist")
    assert read.recipients == ("help+x@acme.example", "a@b.example", "help+y@acme.example", "q@acme.example")
    assert read.text == "Größe: ×\nZweite Zeile"
    assert (read.subject, read.message_id, read.automatic) == ("Re: Frage", "<1@nordwind.example>", "")
    [file] = read.files
    assert (file.name, file.content_type, file.content) == ("Übersicht.pdf", "application/pdf", b"%PDF-1.4 x")


def test_html_alone_becomes_text():
    made = EmailMessage()
    made["From"], made["To"] = "mara@nordwind.example", "help@acme.example"
    made.set_content(
        "<html><head><title>t</title><style>p{}</style></head><body><p>Hello &amp; <b>good</b> day</p><script>x()</script>"
        "<ul><li>one<li>two</ul><a href='https://n.example/x'>here</a><blockquote><p>old</p></blockquote></body></html>",
        subtype="html",
    )
    assert read_mail(made.as_bytes()).text == (
        "Hello & good day\n\n- one\n- two\nhere (https://n.example/x)\n> old"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Auto-Submitted", "auto-replied"),
        ("Auto-Submitted", "Auto-Generated; owner=x"),
        ("Precedence", "bulk"),
        ("Precedence", "LIST"),
        ("Return-Path", "<>"),
        ("List-Id", "<news.acme.example>"),
        ("X-Loop", "x"),
        ("From", "MAILER-DAEMON@mx.example"),
    ],
)
def test_what_a_program_sent_is_told(header, value):
    made = mail()
    del made[header]
    made[header] = value
    assert read_mail(made.as_bytes()).automatic


def test_a_person_is_no_program():
    made = mail(Auto_Submitted="no", Return_Path="<mara@nordwind.example>", Precedence="normal")
    assert read_mail(made.as_bytes()).automatic == ""


def test_our_own_mail_is_known():
    assert read_mail(mail(X_Torhaus_Mail="abc").as_bytes(), own_header="X-Torhaus-Mail").own
    assert not read_mail(mail().as_bytes(), own_header="X-Torhaus-Mail").own


def test_without_a_message_id_the_content_names_the_mail():
    made = mail()
    del made["Message-ID"]
    first, second = read_mail(made.as_bytes()), read_mail(made.as_bytes())
    assert first.message_id == second.message_id
    assert first.message_id != read_mail(made.as_bytes() + b"x").message_id


ANSWERS = {
    "gmail": "Yes.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Acme <help+2026.abc@acme.example>\nwrote:\n\n> {0}\n>\n> Hello",
    "gmail_de": "Yes.\n\nAm Mo., 23. Nov. 2026 um 09:00 Uhr schrieb Acme <\nhelp@acme.example>:\n\n> {0}\n> Guten Tag",
    "outlook": "Yes.\n\n________________________________\nFrom: Acme <help@acme.example>\nSent: Monday\n"
    "To: Mara\nSubject: Re: x\n\n{0}\n\nHello",
    "outlook_de": "Yes.\n\nVon: Acme\nGesendet: Montag\nAn: Mara\nBetreff: x\n\n*** {0} ***\nHello",
    "apple": "Yes.\n\n> On 23. Nov 2026, at 09:00, Acme <h@a.example> wrote:\n> \n> — {0} —\n> Hello",
    "bare": "Yes.\n{0}\nHello",
}


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("form", ANSWERS)
def test_the_answer_is_what_stands_above_the_marker(form, marker):
    assert answer_of(ANSWERS[form].format(marker), MARKERS) == "Yes."


def test_nothing_is_cut_that_may_be_an_answer():
    below = f"> {MARKERS[0]}\n> Hello\n\nMy answer stands below."
    assert answer_of(below, MARKERS) == below
    short = f"On this I agree.\nOn Monday Acme wrote:\n> {MARKERS[0]}"
    assert answer_of(short, MARKERS) == "On this I agree."
    assert answer_of(f"It works.\n\nAcme wrote:\n> {MARKERS[0]}", MARKERS) == "It works."
    assert answer_of("To: be or not\nto be", MARKERS) == "To: be or not\nto be"
    assert answer_of(f"It says:\nFrom: here\n{MARKERS[0]}", MARKERS) == "It says:\nFrom: here"


@pytest.mark.parametrize(
    "charset", ["x-nonsense", "utf-7", "utf-16", "rot13", "zlib", "idna", "hex", "unicode_escape", ""]
)
def test_no_charset_breaks_the_reader(charset):
    raw = (
        b"From: a@b.example\nContent-Type: text/plain; charset=" + charset.encode() + b"\n\nGr\xf6\xdfe \xff\xfe\x00 ok"
    )
    read = read_mail(raw)
    assert "\x00" not in read.text
    read.text.encode()
    word = b"=?" + charset.encode() + b"?q?a=F6?="
    assert isinstance(read_mail(b"From: " + word + b" <a@b.example>\nSubject: " + word + b"\n\nx").subject, str)


def nested(depth: int) -> bytes:
    raw = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level) for level in range(depth)
    )
    return b"From: a@b.example\n" + raw + b"\nhello"


def in_a_part(head: bytes) -> bytes:
    return b'From: a@b.example\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n' + head + b"\n\nx\n--b--\n"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"From: a@b.example\n\n" + b"x" * MOST_BYTES, "larger than 25 MiB"),
        (b"From: a@b.example\nX: " + b"y" * 100_000 + b"\n\nhello", "KiB of headers"),
        (b"From: a@b.example\n\n" + b"\n" * 2_500_000, "lines"),
        (nested(MOST_CONTAINERS + 1), "containers"),
        (nested(5000), "containers"),
        (
            b'From: a@b.example\nContent-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * (MOST_PARTS + 1),
            "parts",
        ),
        (b"From: a@b.example\nContent-Type: text/plain; " + b"a*0=b; " * 8000 + b"\n\nhello", "field"),
        (in_a_part(b"Content-Type: text/plain;" + b'\n a="b;' * 500_000), "field"),
        (in_a_part(b"Content-Disposition: attachment; filename*=punycode''a-" + b"9" * 2_000_000), "field"),
    ],
)
def test_what_is_too_large_or_too_deep_is_refused_soon(raw, why):
    begun = time.process_time()
    with pytest.raises(UnreadableMail, match=why):
        read_mail(raw)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@b.example\nContent-Type: text/html\n\n" + b"<" * 400_000,
        b"From: a@b.example\nContent-Type: text/html\n\n" + b"<!" * 200_000,
        b"From: a@b.example\nContent-Type: text/html\n\n" + b"<blockquote>" * 30_000,
        b"From: a@b.example\nContent-Type: text/html\n\n" + b"<a href=http://x>" * 20_000,
        b"From: " + b"a@b.example, " * 4000 + b"\n\nhello",
        b"From: " + b"(" * 8000 + b"a@b.example\n\nhello",
        b"From: a@b.example\nSubject: " + b"=?utf-8?q?a?= " * 4000 + b"\n\nhello",
        b"From: a@b.example\nContent-Type: text/html\n\n" + b"<div>" * 40_000,
        b"From: a@b.example\nContent-Type: text/html\n\n"
        + b"".join(b"<a href=http://x/%d>y</a>" % n for n in range(8000)),
        b'From: a@b.example\nContent-Type: multipart/mixed; boundary="b"\n\n'
        + (b"--b\nContent-Type: text/html\n\n" + b"<div>" * 8000 + b"\n") * 90,
        b"From: a@b.example\nContent-Type: text/plain; charset=punycode\n\na-" + b"9" * 200_000,
        b"From: a@b.example\n\n" + b"wrote wrote: " * 20_000 + b"\nPlease answer above this line",
    ],
)
def test_nothing_makes_the_reader_slow(raw):
    begun = time.process_time()
    answer_of(read_mail(raw).text, MARKERS)
    assert time.process_time() - begun < 3


def seeds() -> list[bytes]:
    rich = mail("Hello\n\n> Please answer above this line")
    rich.add_alternative("<p>Hello</p><blockquote>Please answer above this line</blockquote>", subtype="html")
    rich.add_attachment(b"\x89PNG\r\n" + bytes(50), maintype="image", subtype="png", filename="a b;c.png")
    enclosing = mail("see enclosed")
    enclosing.add_attachment(mail("inside"))
    report = (
        b"From: MAILER-DAEMON@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: y\n--b--\n"
    )
    encoded = (
        b"From: =?utf-8?b?R3LDtsOfZQ==?= <a@b.example>\nSubject: =?iso-8859-1?q?Gr=F6=DFe?=\n"
        b"Content-Type: text/plain; charset*0=utf; charset*1=-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=B6=C3=9Fe=\n"
    )
    return [rich.as_bytes(), enclosing.as_bytes(), report, encoded, base64.b64encode(rich.as_bytes())]


PIECES = [
    b"\n", b"\r\n\r\n", b"\x00", b"\xff\xfe", b"=?utf-8?b?!!!?=", b"=?x?y?z?=", b"--", b'boundary="', b"charset*=utf-8''%ff",
    b"Content-Type: multipart/mixed; boundary=\n", b"Content-Type: message/rfc822\n\n", b"Content-Type: /\n", b": ", b"\t",
    b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: x-uuencode\n", b"begin 644 x\n", b"filename*0*=", b"<>@,;()[]",
    b'Content-Disposition: attachment; filename="../../etc/passwd\x00"\n', b"From: ", b"@", b"\xed\xa0\x80", b"<!--", b"<![CDATA[", b"&#xd800;",
]  # fmt: skip


def mutated(dice: random.Random, raw: bytes) -> bytes:
    content = bytearray(raw)
    for _ in range(dice.randint(1, 12)):
        at = dice.randrange(len(content) + 1)
        way = dice.randrange(5)
        if way == 0:
            content[at:at] = dice.choice(PIECES)
        elif way == 1:
            del content[at : at + dice.randint(1, 40)]
        elif way == 2 and content:
            content[at % len(content)] = dice.randrange(256)
        elif way == 3:
            content[at:at] = content[: dice.randint(0, 200)]
        else:
            content[at : at + 8] = bytes(dice.randrange(256) for _ in range(8))
    return bytes(content)


def fuzz(count: int, seed: int = 20261122) -> tuple[int, int]:
    """Read ``count`` mutated mails; give how many were read and how many refused. Anything else raises."""
    dice, corpus, read, refused = random.Random(seed), seeds(), 0, 0
    for _ in range(count):
        raw = mutated(dice, dice.choice(corpus))
        try:
            found = read_mail(raw, own_header="X-Torhaus-Mail")
        except UnreadableMail:
            refused += 1
            continue
        read += 1
        assert isinstance(found, ReceivedMail)
        answer = answer_of(found.text, MARKERS)
        for text in (answer, found.subject, found.sender, found.sender_name, found.message_id, *found.recipients):
            assert "\x00" not in text
            text.encode()  # no lone surrogate
        assert len(found.message_id) <= 250
        for file in found.files:
            file.name.encode()
            assert len(file.name) <= 180
            assert not set(file.name) & set("/\\\x00\n\r")
        dice_text = "".join(chr(dice.randrange(32, 0x2FFF)) for _ in range(20))
        text_of_html(found.text + dice_text)
    return read, refused


@pytest.mark.slow
def test_ten_thousand_mutated_mails_neither_crash_nor_leave_nonsense():
    read, refused = fuzz(10_000)
    assert read > 9_000
    assert read + refused == 10_000
