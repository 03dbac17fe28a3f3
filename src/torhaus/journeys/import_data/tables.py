"""All tables of the import: their rows, keys, what they refer to, and in which order they are written. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torhaus.journeys.import_data.catalogue_tables import (
    AddOnRow,
    EducationCategoryRow,
    MeterRow,
    OtherItemRow,
    PlanRow,
    PriceRow,
    ProductRow,
    ReleaseRow,
    SeatKindRow,
    SupportPackageRow,
)
from torhaus.journeys.import_data.customer_tables import (
    AddressRow,
    ContactRow,
    ContractItemRow,
    ContractRow,
    CustomerRow,
    ReadingRow,
)
from torhaus.journeys.import_data.invoice_tables import InvoiceLineRow, InvoiceRow
from torhaus.journeys.import_data.policy_tables import PolicyRow
from torhaus.journeys.import_data.rows import Row
from torhaus.journeys.import_data.vendor_tables import VendorRow

KEY_MARK = "\x1f"


@dataclass(frozen=True)
class Table:
    """A table. ``space`` is where keys are unique; ``refers`` names the space a field points into.

    A field in ``kept`` that a file leaves out keeps its stored value; any other takes its default.
    ``becomes`` names what a field is stored as, where that differs.
    """

    name: str
    row: type[Row]
    key: tuple[str, ...]
    space: str = ""
    refers: Mapping[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    becomes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def keys_in(self) -> str:
        """The space the keys of this table live in."""
        return self.space or self.name


def _all_kept(name: str, row: type[Row], key: tuple[str, ...], **more: object) -> Table:
    kept = frozenset(row.model_fields) - frozenset(key)
    return Table(name, row, key, kept=kept, **more)  # type: ignore[arg-type]  # the named fields of Table


_OF_PRODUCT = {"product": "products"}
_OF_CUSTOMER = {"customer": "customers"}

# In the order of writing: what is referred to comes first.
TABLES = {
    table.name: table
    for table in (
        _all_kept("vendor", VendorRow, (), becomes={"logo": ("logo_key", "logo_type")}),
        _all_kept("products", ProductRow, ("key",)),
        _all_kept("meters", MeterRow, ("key",)),
        _all_kept("seat_kinds", SeatKindRow, ("key",), space="items", refers=_OF_PRODUCT),
        _all_kept("add_ons", AddOnRow, ("key",), space="items", refers=_OF_PRODUCT),
        _all_kept("support_packages", SupportPackageRow, ("key",), space="items", refers=_OF_PRODUCT),
        _all_kept("other_items", OtherItemRow, ("key",), space="items", refers=_OF_PRODUCT),
        _all_kept("plans", PlanRow, ("key",), space="items", refers=_OF_PRODUCT),
        Table("prices", PriceRow, ("item", "currency", "months", "valid_from"), refers={"item": "items"}),
        _all_kept("education_categories", EducationCategoryRow, ("key",)),
        Table("releases", ReleaseRow, ("product", "version"), refers=_OF_PRODUCT),
        _all_kept("customers", CustomerRow, ("number",)),
        _all_kept("addresses", AddressRow, ("customer", "kind"), refers=_OF_CUSTOMER),
        _all_kept("contacts", ContactRow, ("customer", "role", "mail"), refers=_OF_CUSTOMER),
        Table(
            "contracts",
            ContractRow,
            ("number",),
            refers=_OF_CUSTOMER | _OF_PRODUCT,
            kept=frozenset({"notice_days", "cancelled_to", "maintenance_until", "offline_days", "grace_days"}),
        ),
        Table(
            "contract_items",
            ContractItemRow,
            ("contract", "line"),
            refers={"contract": "contracts", "item": "items"},
        ),
        # A row says all of a policy, so that what it says holds together whatever stood there before.
        Table("policies", PolicyRow, ("plan", "contract"), refers={"plan": "items", "contract": "contracts"}),
        Table("usage", ReadingRow, ("contract", "meter", "on"), refers={"contract": "contracts", "meter": "meters"}),
        Table(
            "invoices",
            InvoiceRow,
            ("number",),
            kept=frozenset({"pdf"}),
            becomes={"pdf": ("document_key", "document_bytes")},
        ),
        Table("invoice_lines", InvoiceLineRow, ("invoice", "position"), refers={"invoice": "invoices"}),
    )
}
ITEM_KIND_OF = {
    "plans": "plan",
    "add_ons": "add_on",
    "support_packages": "support",
    "seat_kinds": "seat",
}
IGNORED_FILES = frozenset({"personas.toml"})
