"""R48: the armour survives mails and editors, and nothing else."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.sdk.licences import KEY, KEYS, KID, NOW, licence
from torhaus_sdk.armour import BEGIN, END, LONGEST, armour, dearmour
from torhaus_sdk.licence import sign_licence, verify_licence
from torhaus_sdk.refusals import Malformed, Refused

STATEMENT = sign_licence(licence(), key=KEY, kid=KID)
FILE = armour(STATEMENT).encode()
blank = st.text(" \t\r", max_size=3)


def accepted(data: bytes) -> bool:
    try:
        return verify_licence(data, keys=KEYS, audience="acme", now=NOW) == licence()
    except Refused:
        return False


def test_R48_every_single_byte_change_is_refused():
    others = set(b"\0 \t\r\nA-_.=+/\xff")
    through = [
        (place, byte)
        for place in range(len(FILE))
        for byte in {FILE[place] ^ (1 << bit) for bit in range(8)} | others - {FILE[place]}
        if accepted(FILE[:place] + bytes([byte]) + FILE[place + 1 :])
    ]
    # Only the line end after the last line may be something else: there is nothing after it.
    assert {(place, bytes([byte])) for place, byte in through} == {
        (len(FILE) - 1, blank) for blank in (b"\t", b" ", b"\r")
    }


def test_R48_every_truncation_is_refused():
    assert [cut for cut in range(len(FILE)) if accepted(FILE[:cut])] == [len(FILE) - 1], "all but the last line end"
    assert [cut for cut in range(1, len(FILE)) if accepted(FILE[cut:])] == []


def test_R48_every_lost_byte_is_refused_except_of_line_ends():
    kept = [place for place in range(len(FILE)) if accepted(FILE[:place] + FILE[place + 1 :])]
    inner = [place for place, byte in enumerate(FILE) if byte == ord("\n")]
    assert kept == inner[1:-2] + inner[-1:], "lines may be joined, but not with BEGIN or END"


@settings(deadline=None)
@given(st.data())
def test_R48_rewrapping_is_accepted(data):
    lines, rest = [], STATEMENT
    while rest:
        width = data.draw(st.integers(20, 400))
        lines.append(rest[:width])
        rest = rest[width:]
    text = "".join(
        data.draw(blank) + line + data.draw(blank) + data.draw(st.sampled_from(["\n", "\r\n", "\n\n", "\n \t\n"]))
        for line in [BEGIN, *lines, END]
    )
    mark = data.draw(st.sampled_from(["", "\ufeff"]))
    assert dearmour(mark + text) == dearmour((mark + text).encode()) == STATEMENT
    assert accepted((mark + text).encode())


@settings(deadline=None)
@given(st.text(st.sampled_from("abcXYZ019-_."), min_size=1, max_size=300).filter(lambda text: "-----" not in text))
def test_whatever_is_armoured_is_read(statement):
    assert dearmour(armour(statement)) == statement


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300))
@example("\ud800")
@example(b"\xff\xfe")
def test_whatever_is_no_licence_is_refused(data):
    with pytest.raises(Malformed) as refusal:
        dearmour(data)
    assert str(refusal.value).endswith("."), "a sentence"


def test_what_is_far_too_long_is_refused_before_it_is_read():
    with pytest.raises(Malformed, match="too long"):
        dearmour(FILE + b"\n" * LONGEST)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "does not begin with the line -----BEGIN TORHAUS LICENCE-----"),
        (STATEMENT, "does not begin"),
        (FILE.decode()[:-40], "cut short"),
        (FILE.decode() * 2, "more than one licence"),
        (FILE.decode() + "Regards\n", "cut short"),
        (FILE.decode().replace("\n", "\nName: x\n", 1), "does not belong to a licence"),
        (FILE.decode().encode("utf-16"), "not text in UTF-8"),
    ],
)
def test_each_damage_is_named(text, said):
    with pytest.raises(Malformed, match=said):
        dearmour(text)
