"""Who may do what: the matrix of roles and rights, as data. Doors only name the right they need."""

CUSTOMER_RIGHTS = {
    "see_dashboard": "the dashboard",
    "see_subscription": "contract, products and their history",
    "see_invoices": "billing information and invoices",
    "see_downloads": "releases and add-ons, and fetch their files",
    "manage_release_mails": "subscribe mailboxes to mails about new versions, and remove them",
    "see_licence": "the offline licence and the tokens, without their secrets",
    "issue_offline_licence": "have an offline licence issued",
    "reset_token": "replace the licence token",
    "see_installations": "where the product runs, and how often it asked",
    "manage_installations": "name and remove installations",
    "use_licence": "validate, activate and report usage, as the product does",
    "use_seats": "see, assign, reassign and release seats and their holders, as the product does",
    "see_seats": "who holds which seat",
    "manage_seats": "assign, reassign, extend and release seats",
    "see_tickets": "the contract's tickets and their conversations",
    "create_ticket": "ask support, and answer",
    "see_members": "who signs in by name, and in which role",
    "manage_members": "invite people, change roles, deactivate and remove",
    "see_account": "the account status: licences booked, used and available, and what the contract agrees",
    "request_booking": "ask for more licences",
    "request_education": "ask for education terms, with a proof, and take the request back",
    "manage_reports": "who gets the usage report by mail, and when",
    "hand_over_ownership": "offer the account to a successor, and withdraw the offer",
    "see_security": "what the company asks of those who sign in",
    "manage_security": "set who needs a second factor, when sessions end, and how one may sign in",
    "see_activity": "who did what in the customer's account, and when",
}
STAFF_RIGHTS = {
    "see_customers": "find customers and see their contracts",
    "create_customer": "create customers and contracts",
    "add_booking": "add bookings to contracts",
    "decide_education": "see requests for education terms with their proofs, grant or refuse them, end terms before their time",
    "issue_token": "issue licence tokens",
    "revoke_token": "revoke licence tokens",
    "match_invoices": "match invoices to customers",
    "invite_owner": "invite the first owner of a customer's account",
    "recover_owner": "give the account of an owner who is gone to another: two persons, one an administrator",
    "handle_personal_data": "export and erase what is stored of a person (GDPR)",
    "view_as_customer": "see the portal as a customer sees it",
    "see_mails": "the mail log",
    "see_work": "background jobs that failed",
    "use_admin": "raw data in Django admin",
    "see_releases": "releases, their files and who fetched them",
    "publish_release": "upload files, publish and withdraw releases and add-ons",
    "see_licences": "licences, policies and installations of customers",
    "manage_licences": "change policies of plans and contracts, remove installations",
    "suspend_contract": "suspend contracts, and let them go on",
    "see_seats": "who holds which seat of a customer",
    "mail_seat_registration": "send holders of seats another registration link",
    "handle_tickets": "the ticket queue: answer, assign, merge, close",
    "write_articles": "help articles and canned answers",
    "see_service_report": "how fast tickets are answered",
}

_READS = frozenset({"see_dashboard", "see_subscription", "see_downloads", "see_installations", "see_tickets"})
_TECHNICAL = _READS | {
    "manage_release_mails",
    "see_licence",
    "issue_offline_licence",
    "reset_token",
    "manage_installations",
    "create_ticket",
}
# What only somebody with a name may: a bare token tells nobody who else is there (B78).
_BY_NAME = frozenset(
    {
        "see_members",
        "manage_members",
        "see_activity",
        "see_account",
        "request_booking",
        "request_education",
        "manage_reports",
        "see_seats",
        "manage_seats",
        "see_security",
        "manage_security",
    }
)
# A bare licence token is one more role (decided); the vendor may take its invoices away. People do not bring what
# they may do into a product, so none of their roles uses the licence.
CUSTOMER_ROLES: dict[str, frozenset[str]] = {
    "token": frozenset(CUSTOMER_RIGHTS) - _BY_NAME - {"hand_over_ownership"},
    "owner": frozenset(CUSTOMER_RIGHTS) - {"use_licence", "use_seats"},
    "administrator": _TECHNICAL | _BY_NAME,
    "billing": frozenset({"see_dashboard", "see_subscription", "see_invoices", "see_tickets", "create_ticket"}),
    "technical": _TECHNICAL,
    "member": frozenset({"see_dashboard", "see_downloads", "manage_release_mails", "see_tickets", "create_ticket"}),
    "auditor": _READS | {"see_licence", "see_members", "see_activity", "see_account", "see_seats", "see_security"},
}
PEOPLE_ROLES = tuple(role for role in CUSTOMER_ROLES if role != "token")


def customer_rights(role: str, *, billing_access: str, token_sees_invoices: bool) -> frozenset[str]:
    """Give what ``role`` may do where the vendor has settled who enters billing pages (B91); nothing if unknown."""
    closed = {"token": not token_sees_invoices, "billing": billing_access == "owner"}
    rights = CUSTOMER_ROLES.get(role, frozenset())
    rights = rights - {"see_invoices"} if closed.get(role) else rights
    # Whoever holds a whole token may what it may: nobody gets one that opens more than they see themselves.
    return rights - {"reset_token"} if token_sees_invoices and "see_invoices" not in rights else rights


STAFF_ROLES: dict[str, frozenset[str]] = {
    "administrator": frozenset(STAFF_RIGHTS),
    "sales": frozenset(
        {
            "see_customers",
            "create_customer",
            "add_booking",
            "decide_education",
            "issue_token",
            "revoke_token",
            "invite_owner",
            "recover_owner",
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
            "see_seats",
            "mail_seat_registration",
            "handle_tickets",
            "write_articles",
            "see_service_report",
        }
    ),
    "release_manager": frozenset({"see_releases", "publish_release"}),
}
