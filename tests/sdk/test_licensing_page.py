"""docs/licensing.md names every field of a policy with its values, and every kind of contract."""

import re

import pytest

from tests.sdk.languages import ROOT
from torhaus.licensing import models
from torhaus.licensing.policies import FIELDS, usual_values
from torhaus.subscriptions.models import ContractKind

PAGE = (ROOT / "docs" / "licensing.md").read_text("utf-8")
ROWS = {
    name: (values, usual.strip())
    for names, values, usual in re.findall(r"^\| (`.*?`) \| (.*) \| (.*?) \|$", PAGE, re.MULTILINE)
    for name in re.findall(r"`(\w+)`", names)
}


def test_every_field_of_a_policy_is_documented():
    assert set(FIELDS) <= set(ROWS)
    for choices, name in (
        (models.LicenceModel, "model"), (models.Overage, "overage"), (models.AfterGrace, "after_grace"),
        (models.Matching, "matching"), (models.EnforcementLevel, "enforcement"),
    ):  # fmt: skip
        assert all(f"`{value}`" in ROWS[name][0] for value in choices.values), name


def test_the_usual_values_are_those_of_the_table():
    usual = usual_values()
    for name in ("model", "overage", "enforcement", "after_grace", "matching"):
        assert ROWS[name][1] == f"`{usual[name]}`"
    for name in ("lease_seconds", "check_hours", "offline_grace_days"):
        assert ROWS[name][1] == str(usual[name])
    assert (usual["max_installations"], usual["max_leases"]) == (None, None)


def test_every_kind_of_contract_is_documented():
    text = PAGE.partition("\n## Kinds\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(ContractKind.values)


LINKED = ["README.md", "docs/README.md", "sdk/python/README.md"]
LINKED += [
    f"docs/{name}.md"
    for name in ("licensing", "answer-codes", "curl-and-openssl", "from-keygen", "quick-start-sdk", "sdk-reference")
]


def anchors(text: str) -> set[str]:
    """Give what headings are called in an address: lower case, without signs, hyphens for spaces."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKED)
def test_links_lead_to_pages_and_headings_that_are_there(page):
    here = ROOT / page
    for link in re.findall(r"\]\(([^)\s]+)\)", here.read_text("utf-8")):
        if link.startswith(("http:", "https:")):
            continue
        path, _, anchor = link.partition("#")
        target = (here.parent / path).resolve() if path else here
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text("utf-8")), link


def test_every_document_is_on_the_list_of_documents():
    listed = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"]({name})" not in listed} == set()
