"""Every error at once, with its place and what was expected; nothing is half imported; hostile files are refused."""

import os

import pytest
from django_scopes import scopes_disabled

from tests.journeys import vendor_files
from tests.journeys.vendor_files import digest, errors, write
from torhaus.billing.models import Invoice
from torhaus.journeys.import_data import ImportRefused
from torhaus.journeys.import_data.problems import SHOWN
from torhaus.organisations.models import Customer

pytestmark = pytest.mark.django_db


def test_all_errors_come_at_once_with_place_and_expectation(tmp_path):
    folder = write(
        tmp_path / "v",
        customers_csv="number;name;languge\n1;Nordwind;de\n",
        contracts_csv=vendor_files.CONTRACTS.replace("2027-03-31;yes\nV-2", "2025-03-31;yes\nV-2").replace(
            "V-2;2;cmdb;subscription;12", "V-2;9;cmbd;evaluation;12"
        ),
        contract_items_csv=vendor_files.ITEMS.replace("V-1;10;medium;1", "V-1;10;medum;-1"),
        invoices_csv="number;customer;issued_on;net;vat;gross;status\nR-1;1;01.04.2026;10;1,90;11.80;offen\n",
    )
    assert errors(folder) == [
        "contract_items.csv:2: contract_items.quantity: expected a whole number from 0 to 9007199254740992, found '-1'",
        "contracts.csv:2: contracts: expected ends_on on or after starts_on, 2026-04-01; found 2025-03-31",
        "contracts.csv:3: contracts: an evaluation ends: auto_renews must be false",
        "customers.csv:1: customers.languge: unknown column 'languge'; did you mean language?",
        "invoices.csv:2: invoices.status: expected open, paid, cancelled or credited, found 'offen'",
    ]
    assert not Customer.objects.model._base_manager.exists()


def test_references_are_checked_against_the_files_and_what_is_stored(tmp_path):
    folder = write(
        tmp_path / "v",
        contracts_csv=vendor_files.CONTRACTS.replace("V-2;2;cmdb", "V-2;9;cmbd"),
        contract_items_csv=vendor_files.ITEMS.replace("V-1;10;medium", "V-7;10;medum"),
        invoice_lines_csv="invoice;position;text;quantity;unit_price;vat_rate\nR-7;1;Jahr;1;10;19\n",
        usage_csv="contract;meter;on;quantity\nV-1;objcts;2026-05-01;5\n",
    )
    assert errors(folder) == [
        "contracts.csv:3: contracts.customer: unknown customer '9', neither in these files nor stored",
        "contracts.csv:3: contracts.product: unknown product 'cmbd', neither in these files nor stored",
        "contract_items.csv:2: contract_items.contract: unknown contract 'V-7', neither in these files nor stored",
        "contract_items.csv:2: contract_items.item: unknown item 'medum'; did you mean medium?",
        "usage.csv:2: usage.meter: unknown meter 'objcts', neither in these files nor stored",
        "invoice_lines.csv:2: invoice_lines.invoice: unknown invoice 'R-7', neither in these files nor stored",
    ]


def test_a_faulty_row_is_blamed_once_and_not_through_what_refers_to_it(tmp_path):
    folder = write(tmp_path / "v", customers_csv="number;name;language\n1;Nordwind;fr\n2;Süd;de\n")
    assert errors(folder) == ["customers.csv:2: customers.language: expected de or en, found 'fr'"]


def test_toml_and_yaml_errors_name_the_line_of_the_field(tmp_path):
    toml = '# a\n[[products]]\nkey = "a"\nname = "A"\n\n[[products]]\nname = """\n[[products]]\n"""\nkey = "b b"\n'
    yaml = "meters:\n  - key: x\n    name: X\n  - key: y\n    nam: Y\n"
    assert errors(write(tmp_path / "v", {"a.toml": toml, "b.yaml": yaml})) == [
        "a.toml:10: products.key: expected a key of letters, digits, - and _ (e.g. medium-2026), found 'b b'",
        "b.yaml:4: meters.name: missing; expected name, e.g. Objects",
        "b.yaml:5: meters.nam: unknown field 'nam'; did you mean name?",
    ]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("customers.csv", b"", "customers.csv:1: customers: expected a line with the names of the columns"),
        (
            "customers.csv",
            b"number;name\n1;M\xfcller\n",
            "customers.csv:2: customers: expected UTF-8, found the byte 0xfc",
        ),
        ("customers.csv", b"number;name\n1;A;B\n", "customers.csv:2: customers: expected 2 cells, found 3"),
        (
            "customers.csv",
            b"number;name\n1;\n",
            "customers.csv:2: customers.name: missing; expected name of the company",
        ),
        (
            "customers.csv",
            b"number;name\n1;A\x00B\n",
            "customers.csv:2: customers.name: expected a text without control",
        ),
        ("customers.csv", b"number;name\n1;" + b"x" * 10_001, "customers.csv:2: customers.name: expected at most 160"),
        ("customers.csv", b"number;number\n1;1\n", "customers.csv:1: customers.number: expected each column once"),
        ("customers.csv", b'number;name\n1;"A\n2;B\n', "customers.csv:3: customers: expected CSV"),
        (
            "customers.csv",
            b"number;name\n" + b"y" * 1_100_000,
            "customers.csv:2: customers: expected lines of at most 1 MB",
        ),
        ("customers.csv", b"number;name\n1;A\n1;B\n", "customers.csv:3: customers.number: 1 stands already at"),
        ("custmers.csv", b"number;name\n1;A\n", "custmers.csv: unknown table 'custmers'; did you mean customers?"),
        ("a.toml", b"[[plan]]\nkey = 1\n", "a.toml:1: unknown table 'plan'; did you mean plans?"),
        ("a.toml", b"x = [1,\n\n", "a.toml:"),
        ("a.toml", b"plans = 5\n", "a.toml:1: plans: expected a list of rows"),
        ("a.toml", b"x = " + b"[" * 5000, "a.toml"),
        ("a.toml", b"x = " + b"9" * 9000, "a.toml: expected TOML"),
        ("a.yaml", b"a: &a [1]\nb: *a\n", "a.yaml:2: expected YAML: aliases"),
        ("a.yaml", b"meters: [{key: a, key: b}]\n", "a.yaml:1: expected YAML: 'key' stands twice"),
        ("a.yaml", b"meters: !!python/object/apply:os.system ['x']\n", "a.yaml:1: expected YAML"),
        ("a.yaml", b"[" * 5000, "a.yaml"),
        ("a.yaml", b"? [a, b]\n: c\n", "a.yaml: expected YAML"),
        ("a.yaml", b"meters: !!timestamp foo\n", "a.yaml: expected YAML"),
        ("a.yaml", b"meters: !!bool maybe\n", "a.yaml: expected YAML"),
        ("a.yaml", b"- 1\n", "a.yaml:1: expected tables by their names"),
        ("a.yaml", b"\xff\xfe", "a.yaml:1: expected UTF-8"),
        ("a.yaml", b"customers: [{number: 1, name: 12}]\n", "a.yaml:1: customers.name: expected a text, found '12'"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, expected):
    found = errors(write(tmp_path / "v", {name: content}))
    assert len(found) == 1
    assert found[0].startswith(expected), found[0]


def test_numbers_beyond_any_measure_are_refused(tmp_path):
    items = "contract;line;item;quantity\nV-1;10;medium;99999999999999999999\nV-2;10;medium;9007199254740993\n"
    invoices = "number;customer;issued_on;gross\nR-1;1;2026-04-01;1000000000000\nR-2;2;2026-04-01;0.001\n"
    found = errors(write(tmp_path / "v", contract_items_csv=items, invoices_csv=invoices))
    assert [line.split(": ")[1] for line in found] == [
        "contract_items.quantity",
        "contract_items.quantity",
        "invoices.gross",
        "invoices.gross",
    ]
    assert found[3].endswith("expected at most 2 decimals (EUR), found 0.001")


def test_markup_is_kept_as_the_text_it_is(tmp_path):
    write(tmp_path / "v", customers_csv='number;name\n1;"<script>alert(1)</script> & Söhne é"\n2;{{ 7*7 }}\n')
    vendor_files.load(tmp_path / "v")
    with scopes_disabled():
        assert Customer.objects.get(number="1").name == "<script>alert(1)</script> & Söhne é"
        assert Customer.objects.get(number="2").name == "{{ 7*7 }}"


PDF_ROW = "number;customer;issued_on;gross;pdf\nR-1;1;2026-04-01;100;{}\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "expected the name of a file beside this one"),
        ("/etc/passwd", "expected the name of a file beside this one"),
        ("pdf/../../x.pdf", "expected the name of a file beside this one"),
        ("..\\x.pdf", "expected the name of a file beside this one"),
        ("link.pdf", "leads out of it"),
        ("linked/secret.pdf", "leads out of it"),
        ("missing.pdf", "found none"),
        ("sub", "found none"),
        ("loop.pdf", "found none"),
        ("fake.pdf", "expected a PDF file"),
        ("x" * 190 + ".pdf", "found none"),
    ],
)
def test_no_pdf_from_outside_the_folder_or_of_another_kind(tmp_path, name, expected):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret.pdf").write_bytes(b"%PDF-1.4 secret")
    folder = write(tmp_path / "v", invoices_csv=PDF_ROW.format(name))
    (folder / "link.pdf").symlink_to(tmp_path / "out" / "secret.pdf")
    (folder / "linked").symlink_to(tmp_path / "out")
    (folder / "loop.pdf").symlink_to(folder / "loop.pdf")
    (folder / "sub").mkdir()
    (folder / "fake.pdf").write_bytes(b"MZ\x90")
    found = errors(folder)
    assert len(found) == 1
    assert found[0].startswith("invoices.csv:2: invoices.pdf: ")
    assert expected in found[0]


def test_a_pdf_beyond_20_mb_is_refused(tmp_path):
    folder = write(tmp_path / "v", invoices_csv=PDF_ROW.format("big.pdf"))
    (folder / "big.pdf").write_bytes(b"%PDF-")
    os.truncate(folder / "big.pdf", 20 * 1024 * 1024 + 1)
    assert "expected at most 20 MB" in errors(folder)[0]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('accent_light = "#8ab4ff"', "expected a contrast of at least 4.5 : 1 with white"),
        ('accent_dark = "#1f3f5f"', "expected a contrast of at least 4.5 : 1 with #171d26"),
        ('bar_color = "#ffffff"', "expected a contrast of at least 4.5 : 1 with #eef1f6"),
        ('accent_light = "red"', "expected a colour as #rrggbb"),
        ('time_zone = "Europe/Berln"', "expected a time zone"),
        ('links = { privacy = "javascript:alert(1)" }', "expected an address that starts with https://"),
        ('logo = "logo.svg"', "expected a PNG, JPEG or WebP file"),
        ('token_prefix = "A_b"', "expected 2 to 16 of a-z and 0-9"),
    ],
)
def test_the_vendors_look_and_links_are_checked(tmp_path, line, expected):
    text = vendor_files.VENDOR.replace('key = "acme"\n', f'key = "acme"\n{line}\n')
    folder = write(tmp_path / "v", vendor_toml=text)
    (folder / "logo.svg").write_text("<svg><script>alert(1)</script></svg>")
    found = errors(folder)
    assert len(found) == 1
    assert found[0].startswith(f"vendor.toml:4: vendor.{line.split()[0]}")
    assert expected in found[0]


def test_errors_are_counted_to_the_end_and_kept_up_to_a_measure(tmp_path):
    rows = "".join(f"{number};\n" for number in range(1000))
    with pytest.raises(ImportRefused) as refused:
        vendor_files.load(write(tmp_path / "v", {"customers.csv": "number;name\n" + rows}))
    assert (refused.value.problems.count, len(refused.value.problems.kept)) == (1000, SHOWN)


def test_nothing_is_half_imported_when_the_last_row_is_bad(tmp_path):
    before = digest()
    rows = "".join(f"{number};Firma {number}\n" for number in range(1500))
    customers = f"number;name\n{rows}1500;\n"
    files = {"vendor.toml": vendor_files.VENDOR, "customers.csv": customers}
    assert errors(write(tmp_path / "v", files)) == [
        "customers.csv:1502: customers.name: missing; expected name of the company or person"
    ]
    assert digest() == before


def test_an_invoice_of_another_customers_contract_is_an_error(tmp_path):
    invoices = "number;customer;contract;issued_on;gross\nR-1;2;V-1;2026-04-01;10\n"
    assert errors(write(tmp_path / "v", invoices_csv=invoices)) == [
        "invoices.csv:2: invoices.customer: expected customer 1, to whom contract V-1 belongs; found '2'"
    ]
    assert not Invoice.objects.model._base_manager.exists()
