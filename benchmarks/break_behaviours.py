"""Break the code behind sampled behaviour tests, one by one, and see each test turn red.

Run: ``python -m benchmarks.break_behaviours [N]``: all of them, or every Nth. Works on a copy of the tree;
prints a table; exits 1 if a test stays green on broken code, or is red on whole code.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Break(NamedTuple):
    """A behaviour, the test expression that selects its tests, and how its code is broken."""

    behaviour: str
    tests: str
    file: str
    old: str
    new: str
    meaning: str


WEB = "src/torhaus/web"
BREAKS: list[Break] = [
    Break(
        "B1", "tests/web/test_sign_in.py::test_B1", f"{WEB}/accounts/views.py",
        "    sessions.unlock(", "    str(", "signing in unlocks nothing",
    ),
    Break(
        "B2", "tests/web/test_sign_in.py::test_B2", "src/torhaus/licensing/queries.py",
        "return row if row is not None and fits and row.prefix == token.prefix else None", "return row",
        "any secret fits a known public id",
    ),
    Break(
        "B3", "tests/web/test_sign_in.py::test_B3", f"{WEB}/accounts/forms.py",
        "forms.PasswordInput(", "forms.TextInput(", "the field shows what is typed",
    ),
    Break(
        "B5", "tests/backoffice/test_issue_token.py::test_B5_a_new_token_ends", "src/torhaus/licensing/actions.py",
        ".update(expires_at=end)", ".count()", "older tokens go on",
    ),
    Break(
        "B10", "tests/web/test_dashboard.py::test_B10", f"{WEB}/dashboard/views.py",
        "if row.kind in (FileKind.INSTALLATION, FileKind.UPDATE)]", "if row.kind == FileKind.SBOM]",
        "no package of the latest version is found",
    ),
    Break(
        "B11", "tests/web/test_dashboard.py::test_B11", "src/torhaus/billing/queries.py",
        "found = invoices_of(contract_number).filter(state=InvoiceState.OPEN)", "found = invoices_of(contract_number)",
        "paid invoices count as open",
    ),
    Break(
        "B12", "tests/web/test_dashboard.py::test_B12", f"{WEB}/templates/web/dashboard/_open_invoices.html",
        '<h3>{% translate "No open invoices" %}</h3>', "", "the empty state says nothing",
    ),
    Break(
        "B13", "tests/web/test_subscription.py::test_B13", f"{WEB}/templates/web/subscriptions/_details.html",
        "<dd>{{ contract.starts_on|day }}</dd>", "<dd></dd>", "the start is left out",
    ),
    Break(
        "B14", "tests/web/test_subscription.py::test_B14", f"{WEB}/subscriptions/views.py",
        'reverse=sort.startswith("-"))', "reverse=False)", "the order cannot be turned round",
    ),
    Break(
        "B15", "tests/web/test_subscription.py::test_B15", f"{WEB}/templates/web/subscriptions/_products.html",
        "{% if row.active_from %}{{ row.active_from|day }}{% else %}-{% endif %}", "{{ row.active_from|day }}",
        "a missing day shows nothing",
    ),
    Break(
        "B16", "tests/web/test_subscription.py::test_B16", f"{WEB}/templates/web/subscriptions/_details.html",
        '{% if contract.auto_renews %}{% translate "Yes" %}{% else %}', '{% if contract %}{% translate "Yes" %}{% else %}',
        "every contract says it renews",
    ),
    Break(
        "B18", "tests/web/test_invoices.py::test_B18", f"{WEB}/invoices/views.py",
        '"mail": (account.mail if account else "") or', '"mail":', "the account's own mail is ignored",
    ),
    Break(
        "B19", "tests/web/test_invoices.py::test_B19", "src/torhaus/billing/rules.py",
        "and due_on < today:", "and due_on > today:", "overdue is read the wrong way round",
    ),
    Break(
        "B20", "tests/web/test_invoices.py::test_B20", "src/torhaus/subscriptions/rules.py",
        "return plus_days(end, 1)\n\n\ndef standing", "return end\n\n\ndef standing", "next invoice a day early",
    ),
    Break(
        "B96", "tests/web/test_subscription.py::test_B96", "src/torhaus/subscriptions/rules.py",
        "return 14 if agreed.term_months", "return 15 if agreed.term_months", "a month's notice is 15 days",
    ),
    Break(
        "B7", "tests/web/test_reset_token.py::test_B7", f"{WEB}/templates/web/licence/_new_token.html",
        "{{ issued.token.text }}", "", "the new token is not on the page",
    ),
    Break(
        "B17", "tests/web/test_subscription.py::test_B17", f"{WEB}/templates/web/subscriptions/_need_help.html",
        "{% if vendor.sales_mail %}", "{% if vendor.never %}", "the address of sales is left out",
    ),
    Break(
        "B21", "tests/web/test_help.py::test_B21", "src/torhaus/support/queries.py",
        "return Package(best.item.key, best.item.name, best.response_hours) if best else None", "return None",
        "a booked support package is not seen",
    ),
    Break(
        "B22", "tests/web/test_create_ticket.py::test_B22", "src/torhaus/support/rules.py",
        "        raise BodyEmpty\n", "        return clean\n", "a question without words is taken",
    ),
    Break(
        "B23", "tests/web/test_create_ticket.py::test_B23", "src/torhaus/support/rules.py",
        "    if body_length(text) > MAX_BODY:", "    if len(text) > 20 * MAX_BODY:", "a longer description is taken",
    ),
    Break(
        "B25", "tests/web/test_help.py::test_B25", "src/torhaus/support/queries.py",
        "    if status(agreement_of(contract), today) not in IN_FORCE:\n        return None\n", "",
        "support goes on after the contract",
    ),
    Break(
        "B26", "tests/web/test_offline_licence.py::test_B26", f"{WEB}/templates/web/licence/_current.html",
        " readonly", "", "the licence's text can be changed",
    ),
    Break(
        "B27", "tests/web/test_downloads.py::test_B27", "src/torhaus/releases/models.py",
        'VIRTUAL_APPLIANCE = "virtual-appliance"', 'VIRTUAL_APPLIANCE = "appliance"', "one kind of package is unknown",
    ),
    Break(
        "B29", "tests/web/test_downloads.py::test_B29", "src/torhaus/releases/rules.py",
        "    return Entitlement(Reason.NOT_BOOKED)\n", "    return None\n", "who did not book an add-on gets it",
    ),
    Break(
        "B54", "tests/web/test_contract_days.py::test_B54_end", "src/torhaus/subscriptions/rules.py",
        "max(0, (term.ends_on - max(today, term.starts_on)).days)",
        "max(0, (term.ends_on - max(today, term.starts_on)).days + 1)", "a day too many is left",
    ),
    Break(
        "B66", "tests/releases/test_rules.py::test_B66", "src/torhaus/releases/rules.py",
        "    return (1, len(plain), plain)", "    return (1, 0, plain)", "versions compare as words",
    ),
    Break(
        "R35", "tests/licensing/test_contention_leases.py::test_R35", "src/torhaus/licensing/leases.py",
        "        rows = rows.filter(leases__lt=ceiling)", "        rows = rows.all()", "a place is taken without a look",
    ),
    Break(
        "B62", "tests/licensing/test_places_over_http.py::test_B62", "src/torhaus/licensing/places.py",
        "    return policy.test_installations - running.count()", "    return 1", "no test installation ever counts",
    ),
    Break(
        "R45", "tests/web/test_reset_token.py::test_R45_now", "src/torhaus/licensing/actions.py",
        ".update(expires_at=end)", ".count()", "the replaced token goes on",
    ),
    Break(
        "R51", "tests/vendor/test_rotate_signing_key.py::test_R51", "src/torhaus/vendor/actions.py",
        '.update(state=KeyState.RETIRED, private_key_encrypted="")', ".update(state=KeyState.RETIRED)",
        "a retired key keeps its private half",
    ),
    Break(
        "R54", "tests/web/test_download_file.py::test_R54_altered", "src/torhaus/releases/links.py",
        "    if int(until) < clock.now().timestamp():\n        raise UnusableLink\n", "", "a link works for ever",
    ),
    Break(
        "B28", "tests/web/test_add_on_downloads.py::test_B28", f"{WEB}/downloads/views.py",
        "if all(word in together for word in wanted):", "if together:", "the search finds everything",
    ),
    Break(
        "B65", "tests/releases/test_add_on_package.py::test_B65", "src/torhaus/releases/add_on_package.py",
        "raise PublishRefused(Refusal.NO_PACKAGE_JSON)", 'content = b"{}"', "a ZIP without package.json is read on",
    ),
]  # fmt: skip


def copy_tree() -> Path:
    target = Path(tempfile.mkdtemp(prefix="torhaus-break-"))
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def run(tree: Path, tests: str) -> tuple[bool, str]:
    """Give whether the selected tests are green, and pytest's closing line."""
    where, _, chosen = tests.partition("::")
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(tree / "src"), str(tree / "sdk/python/src"), str(tree)])}
    command = [sys.executable, "-m", "pytest", "-q", where, "-k", chosen]
    done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)
    last = (done.stdout.strip().splitlines() or ["nothing"])[-1]
    return done.returncode == 0 and not re.search(r"\bno tests ran|^\d+ deselected", last), last


def main() -> None:
    chosen = BREAKS[:: int(sys.argv[1])] if len(sys.argv) > 1 else BREAKS
    tree, held = copy_tree(), True
    try:
        print(f"{'behaviour':<11}{'broken by':<62}{'whole':<8}{'broken':<8}")
        for entry in chosen:
            path = tree / entry.file
            source = path.read_text("utf-8")
            if source.count(entry.old) != 1:
                raise SystemExit(
                    f"{entry.behaviour}: {entry.old!r} stands {source.count(entry.old)} times in {entry.file}"
                )
            whole, why = run(tree, entry.tests)
            path.write_text(source.replace(entry.old, entry.new), "utf-8")
            broken, _ = run(tree, entry.tests)
            path.write_text(source, "utf-8")
            held = held and whole and not broken
            print(
                f"{entry.behaviour:<11}{entry.meaning:<62}{'green' if whole else 'RED':<8}{'GREEN' if broken else 'red':<8}"
            )
            if not whole:
                print(f"           {why}")
    finally:
        shutil.rmtree(tree)
    print(f"\n{len(chosen)} behaviours; {'each breakage was seen' if held else 'NOT each breakage was seen'}")
    raise SystemExit(0 if held else 1)


if __name__ == "__main__":
    main()
