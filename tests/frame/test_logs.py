"""A log entry is one line, whoever reads it, and says nothing to a terminal."""

import json
import logging

import pytest

from torhaus.frame.logs import JsonFormatter


@pytest.mark.parametrize(
    "text", ["a\nb", "a\r\nb", "a\x85b", "a\u2028b", "a\u2029b", "a\x1b[2Jb", "a\x9b2Jb", "a\u202eb", "a\ud800b"]
)
def test_R42_whatever_is_logged_is_one_plain_line_and_reads_as_it_was(text):
    record = logging.LogRecord("torhaus", logging.WARNING, "", 0, "Größe: %s", (text,), None)
    record.event = {"path": text}
    line = JsonFormatter().format(record)
    assert line.splitlines() == [line]
    assert line.isprintable()
    line.encode()
    said = json.loads(line)
    assert (said["message"], said["path"]) == (f"Größe: {text}", text)
    assert "Größe" in line
