"""The text form in which a signed licence travels: lines of 64 characters between BEGIN and END.

Mail programs re-wrap lines, editors add a byte order mark, Windows ends lines differently: all
that is read. Anything else beside the licence is refused, so that nothing can be hidden in the file.
"""

import re

from torhaus_sdk.refusals import Malformed

BEGIN = "-----BEGIN TORHAUS LICENCE-----"
END = "-----END TORHAUS LICENCE-----"
COLUMNS = 64
LONGEST = 200_000  # characters of a whole file; a licence with 1,000 items has about 120,000
_LINE = re.compile(r"[A-Za-z0-9_.-]+")


def armour(statement: str) -> str:
    """Give a compact JWS as the text of a licence file, with a line end after its last line."""
    lines = [statement[at : at + COLUMNS] for at in range(0, len(statement), COLUMNS)]
    return "\n".join([BEGIN, *lines, END, ""])


def dearmour(text: str | bytes) -> str:
    """Give the compact JWS of a licence file.

    Read are: a byte order mark, empty lines, spaces and tabs around a line, CRLF, lines of any length.

    Raises:
        Malformed: BEGIN or END is missing, there is other text, there are two blocks, or it is far too long.
    """
    if len(text) > LONGEST:
        raise Malformed(f"It is too long for a licence: more than {LONGEST} characters.")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("It is not text in UTF-8. Save the licence as plain text.") from error
    lines = [line for line in (line.strip(" \t\r") for line in text.removeprefix("\ufeff").split("\n")) if line]
    if not lines or lines[0] != BEGIN:
        raise Malformed(f"It does not begin with the line {BEGIN}. Copy the licence from there.")
    if lines[-1] != END:
        raise Malformed(f"It does not end with the line {END}: it was cut short. Copy the licence as a whole.")
    body = lines[1:-1]
    if BEGIN in body or END in body:
        raise Malformed("It holds more than one licence. Give one at a time.")
    if not all(_LINE.fullmatch(line) for line in body):
        raise Malformed("There is something between its first and its last line that does not belong to a licence.")
    return "".join(body)
