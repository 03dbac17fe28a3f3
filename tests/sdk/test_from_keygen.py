"""The page for those who come from Keygen has a counterpart for each code and attribute, or says there is none."""

import re

from tests.sdk.languages import ROOT
from torhaus_sdk.answers import Code

PAGE = (ROOT / "docs" / "from-keygen.md").read_text("utf-8")
SCOPES = ["ENVIRONMENT", "PRODUCT", "POLICY", "USER", "MACHINE", "FINGERPRINT", "COMPONENTS", "CHECKSUM", "VERSION"]
CODES = {"VALID", "NOT_FOUND", "BANNED", "SUSPENDED", "EXPIRED", "OVERDUE", "NO_MACHINE", "NO_MACHINES"}
CODES |= {f"TOO_MANY_{what}" for what in ("MACHINES", "CORES", "PROCESSES", "USERS")}
CODES |= {"TOO_MUCH_MEMORY", "TOO_MUCH_DISK", "ENTITLEMENTS_MISSING", "HEARTBEAT_NOT_STARTED", "HEARTBEAT_DEAD"}
CODES |= {f"{scope}_SCOPE_{what}" for scope in SCOPES for what in ("REQUIRED", "MISMATCH")}
CODES |= {f"{scope}_SCOPE_EMPTY" for scope in ("FINGERPRINT", "COMPONENTS", "ENTITLEMENTS")}


def first_cells(section: str) -> list[str]:
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [name for cell in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)]


def test_every_code_has_its_row_once():
    assert len(CODES) == 38
    assert sorted(first_cells("Codes")) == sorted(CODES)


def test_every_policy_attribute_has_its_row_once():
    named = first_cells("Policy attributes")
    assert (len(named), len(set(named))) == (46, 46)


def test_our_codes_on_the_page_exist():
    text = PAGE.partition("\n## Codes\n")[2].partition("\n## ")[0]
    ours = set(re.findall(r"`([a-z]+(?:_[a-z]+)*)`", text)) - {
        "access",
        "require",
        "product",
        "edition",
        "token_invalid",
    }
    assert ours <= {code.value for code in Code}
