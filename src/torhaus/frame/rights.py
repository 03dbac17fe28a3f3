"""Who may do what: the matrix of roles and rights, as data. Doors only name the right they need."""

CUSTOMER_RIGHTS = {
    "see_dashboard": "the dashboard",
    "see_subscription": "contract, products and their history",
    "see_invoices": "billing information and invoices",
    "see_downloads": "releases and add-ons, and fetch their files",
    "see_licence": "the offline licence and the tokens, without their secrets",
    "issue_offline_licence": "have an offline licence issued",
    "reset_token": "replace the licence token",
    "see_installations": "where the product runs, and how often it asked",
    "manage_installations": "name and remove installations",
    "use_licence": "validate, activate and report usage, as the product does",
    "see_tickets": "the contract's tickets and their conversations",
    "create_ticket": "ask support, and answer",
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
    "see_releases": "releases, their files and who fetched them",
    "publish_release": "upload files, publish and withdraw releases and add-ons",
    "see_licences": "licences, policies and installations of customers",
    "manage_licences": "change policies of plans and contracts, remove installations",
    "suspend_contract": "suspend contracts, and let them go on",
    "handle_tickets": "the ticket queue: answer, assign, merge, close",
    "write_articles": "help articles and canned answers",
    "see_service_report": "how fast tickets are answered",
}

# A bare licence token is one more role (decided); the vendor may take its invoices away.
CUSTOMER_ROLES: dict[str, frozenset[str]] = {
    "token": frozenset(CUSTOMER_RIGHTS),
}
STAFF_ROLES: dict[str, frozenset[str]] = {
    "administrator": frozenset(STAFF_RIGHTS),
    "sales": frozenset(
        {
            "see_customers",
            "create_customer",
            "add_booking",
            "issue_token",
            "revoke_token",
            "view_as_customer",
            "see_licences",
            "manage_licences",
            "suspend_contract",
        }
    ),
    "billing": frozenset({"see_customers", "match_invoices", "view_as_customer"}),
    "support": frozenset(
        {
            "see_customers",
            "issue_token",
            "revoke_token",
            "view_as_customer",
            "see_releases",
            "see_licences",
            "manage_licences",
            "handle_tickets",
            "write_articles",
            "see_service_report",
        }
    ),
    "release_manager": frozenset({"see_releases", "publish_release"}),
}
