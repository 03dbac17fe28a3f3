"""The pages about the SDK say what there is: every code, and the docstrings as they stand."""

import re

from scripts import document_sdk

import torhaus_sdk
from tests.sdk.languages import ROOT
from torhaus_sdk.answers import BLOCKING, TOLERATED, Code

CODES = (ROOT / "docs" / "answer-codes.md").read_text("utf-8")


def codes_of(section: str) -> list[str]:
    text = CODES.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)


def test_every_code_is_documented_once_in_its_order():
    blocking, talking = codes_of("Not valid"), codes_of("Valid, with a reason to talk")
    others = codes_of("Only among the findings")
    assert blocking + talking + others == [code.value for code in Code]
    assert set(blocking) == BLOCKING
    assert set(talking) == TOLERATED | {Code.VALID}


def test_every_code_says_what_to_do_and_what_to_tell():
    rows = re.findall(r"^\| `\w+` \|(.*)\|$", CODES, re.MULTILINE)
    cells = [[cell.strip() for cell in row.split("|")] for row in rows if row.count("|") == 2]
    assert len(cells) == len(Code)
    assert all(all(row) for row in cells)


def test_the_reference_is_what_the_docstrings_say():
    assert document_sdk.page() == document_sdk.PAGE.read_text("utf-8"), "run `make docs`"


def test_the_reference_names_every_public_module_and_class():
    page = document_sdk.page()
    for name in ("Licence", "Code", "Refused", "Token"):
        assert f"\n### {name}" in page
    assert f"`torhaus-sdk` {torhaus_sdk.__version__}" in page
    assert " at 0x" not in page, "no addresses of objects"
