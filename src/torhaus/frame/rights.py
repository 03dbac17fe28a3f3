"""Who may do what: the matrix of roles and rights, as data. Doors only name the right they need."""

CUSTOMER_RIGHTS = {
    "see_dashboard": "the dashboard",
    "see_subscription": "contract, products and their history",
    "see_invoices": "billing information and invoices",
}
STAFF_RIGHTS = {
    "see_customers": "find customers and see their contracts",
    "create_customer": "create customers and contracts",
    "add_booking": "add bookings to contracts",
    "issue_token": "issue licence tokens",
    "revoke_token": "revoke licence tokens",
    "match_invoices": "match invoices to customers",
    "view_as_customer": "see the portal as a customer sees it",
    "see_mails": "the mail log",
    "see_work": "background jobs that failed",
    "use_admin": "raw data in Django admin",
}

# A bare licence token is one more role (decided); the vendor may take its invoices away.
CUSTOMER_ROLES: dict[str, frozenset[str]] = {
    "token": frozenset({"see_dashboard", "see_subscription", "see_invoices"}),
}
STAFF_ROLES: dict[str, frozenset[str]] = {
    "administrator": frozenset(STAFF_RIGHTS),
    "sales": frozenset(
        {"see_customers", "create_customer", "add_booking", "issue_token", "revoke_token", "view_as_customer"}
    ),
    "billing": frozenset({"see_customers", "match_invoices", "view_as_customer"}),
    "support": frozenset({"see_customers", "issue_token", "revoke_token", "view_as_customer"}),
    "release_manager": frozenset(),
}
