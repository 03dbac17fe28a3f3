"""CSV files of customers are read from any spreadsheet, and refused whole with a reason where they are none."""

import pytest

from torhaus.core.csv_lines import Fault, Unreadable, read_csv

NAMES = {"email": "mail", "e-mail": "mail", "name": "name", "ort": "place"}


def read(content: bytes):
    return read_csv(content, names=NAMES, needed=(("mail",),))


def cells(content: bytes) -> list[tuple]:
    return [(line.number, dict(line.cells)) for line in read(content).lines]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_spreadsheet_is_read(separator, begin, end):
    text = end.join([f"E-Mail {separator}NAME{separator}else", f"a@b.example{separator} Jörg {separator}x", "", ""])
    assert cells(begin + text.encode()) == [(2, {"mail": "a@b.example", "name": "Jörg"})]


def test_what_german_excel_saves_is_taken_for_windows_1252_and_said():
    found = read("E-Mail;Name\na@b.example;Jörg „Ö“ €\n".encode("cp1252"))
    assert (found.guessed, found.lines[0].cell("name")) == (True, "Jörg „Ö“ €")
    assert read("E-Mail;Name\na@b.example;Jörg\n".encode()).guessed is False


def test_lines_are_numbered_as_a_reader_finds_them_and_guards_of_formulas_are_taken_off():
    said = b"email,name\n\na@b.example,\"two\nlines\"\nc@d.example,'=1+1\ne@f.example,'quoted\ng@h.example\n"
    assert cells(said) == [
        (3, {"mail": "a@b.example", "name": "two\nlines"}),
        (5, {"mail": "c@d.example", "name": "=1+1"}),
        (6, {"mail": "e@f.example", "name": "'quoted"}),
        (7, {"mail": "g@h.example"}),
    ]


@pytest.mark.parametrize(
    ("content", "fault", "line"),
    [
        (b"", Fault.EMPTY, 0),
        (b"\xef\xbb\xbf\r\n;;\n", Fault.EMPTY, 0),
        (b"email;name\n;\n", Fault.NO_LINES, 0),
        ("email;name\na;b\n".encode("utf-16"), Fault.UTF_16, 0),
        (b"email;name\na\0;b\n", Fault.NO_TEXT, 2),
        (b"email;name\na\x81\xff;b\n", Fault.NO_TEXT, 2),
        (b"PK\x03\x04\x00\x00", Fault.NO_TEXT, 1),
        (b"name;ort\na;b\n", Fault.COLUMN_MISSING, 0),
        (b"email;E-Mail\na;b\n", Fault.COLUMN_TWICE, 0),
        (b"email;name\na;b;c\n", Fault.CELLS, 2),
        (b'email;name\na;"b"c\n', Fault.QUOTES, 2),
        (b'email;name\na;"b\nc;d\n', Fault.QUOTES, 2),
        (b"email;name\na;" + b"x" * 10_001 + b"\n", Fault.CELL_TOO_LONG, 2),
        (b'email;name\na;"' + b"x" * 140_000 + b"\n", Fault.CELL_TOO_LONG, 2),
        (b"email\n" + b"a\n" * 10_001, Fault.TOO_MANY_LINES, 0),
    ],
)
def test_what_is_no_such_file_is_refused_with_its_line(content, fault, line):
    with pytest.raises(Unreadable) as caught:
        read(content)
    assert (caught.value.fault, caught.value.line) == (fault, line)


def test_the_longest_cell_and_the_most_lines_are_taken():
    assert len(read(b"email;name\na;" + b"x" * 10_000 + b"\n").lines[0].cell("name")) == 10_000
    assert len(read(b"email\n" + b"a\n" * 5_000).lines) == 5_000
