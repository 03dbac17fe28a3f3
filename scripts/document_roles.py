"""Write docs/roles.md from the matrix of roles and rights, or with --check say whether it is up to date."""

import sys
from collections.abc import Mapping
from pathlib import Path

from torhaus.frame.rights import CUSTOMER_RIGHTS, CUSTOMER_ROLES, STAFF_RIGHTS, STAFF_ROLES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "roles.md"
HEAD = """# Roles

Written by `make docs` from `src/torhaus/frame/rights.py`; `make check` keeps both the same. What each role may enter,
page by page and method by method, stands in `tests/house/verdicts.csv`, and a test tries all of it.

## A customer's people, and the licence token

A bare licence token is one more role. `token_sees_invoices` in the vendor's file takes its invoices away, and
`billing_access = "owner"` takes those of the role `billing` away (the default is `owner_and_billing`). A customer has
one owner at most.

"""
MIDDLE = """
## The vendor's staff

"""


def page() -> str:
    """Give the document."""
    return HEAD + _table(CUSTOMER_RIGHTS, CUSTOMER_ROLES) + MIDDLE + _table(STAFF_RIGHTS, STAFF_ROLES)


def _table(rights: Mapping[str, str], roles: Mapping[str, frozenset[str]]) -> str:
    lines = ["| right | what it opens | " + " | ".join(role.replace("_", " ") for role in roles) + " |"]
    lines.append("|---|---|" + ":-:|" * len(roles))
    for right, meaning in rights.items():
        held = " | ".join("yes" if right in may else "–" for may in roles.values())
        lines.append(f"| `{right}` | {meaning} | {held} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PAGE.write_text(page(), "utf-8")
    elif not PAGE.is_file() or PAGE.read_text("utf-8") != page():
        sys.exit("docs/roles.md is not what the matrix says; run `make docs`")
