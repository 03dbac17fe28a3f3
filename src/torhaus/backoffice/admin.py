"""What Django admin shows of each table. Nothing is added, changed or deleted here: deeds have their own pages."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Model, URLField
from django.http import HttpRequest

from torhaus.accounts.models import Throttle, User
from torhaus.backoffice.admin_site import site
from torhaus.billing.models import BillingAccount, Invoice, InvoiceLine
from torhaus.catalogue.models import Item, Meter, Product
from torhaus.licensing.models import LicenceToken
from torhaus.notices.models import Mail
from torhaus.organisations.models import Address, Contact, Customer, Membership
from torhaus.records.models import ChainHead, PersonalValue, Record, Seal
from torhaus.releases.models import Release
from torhaus.subscriptions.models import Booking, Contract
from torhaus.usage.models import Reading
from torhaus.vendor.models import SigningKey, Vendor
from torhaus.work.models import Attempt, Tick


class ReadOnly(ModelAdmin[Any]):
    """A table that is looked at: whoever may enter the site may see it, nobody may write."""

    actions = None
    show_full_result_count = False
    list_per_page = 50
    formfield_overrides = {URLField: {"assume_scheme": "https"}}

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Everybody whom the site lets in."""
        return True

    def has_module_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Everybody whom the site lets in."""
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody."""
        return False


SHOWN: dict[type[Model], dict[str, Any]] = {
    Customer: {
        "list_display": ("number", "name", "language", "created_at"),
        "search_fields": ("number__startswith", "name__istartswith"),
        "date_hierarchy": "created_at",
    },
    Address: {
        "list_display": ("recipient", "city", "country", "kind", "customer"),
        "list_select_related": ("customer",),
        "search_fields": ("recipient__istartswith", "city__istartswith"),
    },
    Contact: {
        "list_display": ("name", "mail", "role", "customer"),
        "list_select_related": ("customer",),
        "search_fields": ("mail__istartswith", "name__istartswith"),
    },
    Membership: {
        "exclude": ("invitation",),
        "list_display": ("person", "customer", "role", "state", "invited_at"),
        "list_select_related": ("person", "customer"),
        "list_filter": ("role", "state"),
        "search_fields": ("person__mail__istartswith", "customer__number__startswith"),
    },
    Contract: {
        "list_display": ("number", "customer", "kind", "starts_on", "ends_on", "auto_renews"),
        "list_select_related": ("customer",),
        "list_filter": ("kind", "auto_renews", "suspended"),
        "search_fields": ("number__startswith",),
        "date_hierarchy": "starts_on",
    },
    Booking: {
        "list_display": ("contract", "line", "kind", "quantity", "active_from", "until", "booked_at"),
        "list_select_related": ("contract",),
        "list_filter": ("kind",),
        "search_fields": ("contract__number__startswith",),
        "date_hierarchy": "booked_at",
    },
    BillingAccount: {
        "list_display": ("customer", "payment_method", "invoice_format", "mail"),
        "list_select_related": ("customer",),
        "list_filter": ("payment_method", "invoice_format"),
    },
    Invoice: {
        "list_display": ("number", "customer", "state", "issued_on", "due_on", "gross_cents", "currency"),
        "list_select_related": ("customer",),
        "list_filter": ("state",),
        "search_fields": ("number__startswith",),
        "date_hierarchy": "issued_on",
    },
    InvoiceLine: {
        "list_display": ("invoice", "position", "text", "net_cents"),
        "list_select_related": ("invoice",),
        "search_fields": ("invoice__number__startswith",),
    },
    # Without the hash of the secret, which is nobody's business.
    LicenceToken: {
        "exclude": ("secret_hash",),
        "list_display": ("__str__", "contract", "issued_at", "expires_at", "revoked_at", "last_used_at"),
        "list_select_related": ("contract",),
        "search_fields": ("public_id__exact", "contract__number__startswith"),
        "date_hierarchy": "issued_at",
    },
    Record: {
        "list_display": ("at", "deed", "actor_kind", "customer_ref", "subject_kind", "subject_ref", "request_id"),
        "list_filter": ("deed", "actor_kind"),
        "search_fields": ("customer_ref__exact", "subject_ref__exact", "request_id__exact"),
        "date_hierarchy": "at",
    },
    PersonalValue: {
        "exclude": ("salt",),
        "list_display": ("record", "field", "erased_at"),
        "list_select_related": ("record",),
    },
    Seal: {"list_display": ("sequence", "record", "digest", "sealed_at"), "list_select_related": ("record",)},
    ChainHead: {"list_display": ("sequence", "digest", "signed_at")},
    User: {
        "exclude": ("password", "groups", "user_permissions", "is_superuser"),
        "list_display": ("mail", "name", "staff_role", "is_active", "last_login"),
        "list_filter": ("staff_role", "is_active"),
        "search_fields": ("mail__istartswith", "name__istartswith"),
    },
    Throttle: {
        "list_display": ("source", "failures", "window_started_at"),
        "search_fields": ("source__startswith",),
    },
    Mail: {
        "exclude": ("html",),
        "list_display": ("written_at", "recipient", "template", "language", "state", "attempts"),
        "list_filter": ("state", "language"),
        "search_fields": ("recipient__istartswith",),
        "date_hierarchy": "written_at",
    },
    Attempt: {
        "list_display": ("name", "attempts", "lease_until", "worker", "dead_at"),
        "search_fields": ("name__startswith",),
    },
    Tick: {"list_display": ("name", "last_at")},
    SigningKey: {
        "exclude": ("private_key_encrypted",),
        "list_display": ("kid", "purpose", "state", "signs_from", "created_at"),
    },
    Vendor: {"list_display": ("name", "legal_name", "language", "currency", "time_zone")},
    Product: {"list_display": ("key", "name"), "search_fields": ("key__startswith",)},
    Meter: {"list_display": ("key", "name"), "search_fields": ("key__startswith",)},
    Item: {
        "list_display": ("key", "kind", "product", "name", "position"),
        "list_select_related": ("product",),
        "list_filter": ("kind",),
        "search_fields": ("key__startswith",),
    },
    Reading: {
        "list_display": ("contract", "meter", "on", "quantity"),
        "list_select_related": ("contract", "meter"),
        "search_fields": ("contract__number__startswith",),
        "date_hierarchy": "on",
    },
    Release: {"list_display": ("product", "version", "channel", "published_on"), "list_select_related": ("product",)},
}
for _table, _shown in SHOWN.items():
    site.register(_table, ReadOnly, **_shown)
