"""Every field that may hold something of a person, and what becomes of it when they are erased (GDPR Art. 17).

It is data: docs/personal-data.md is written from it, and a house test finds fields that are missing here.
"""

from dataclasses import dataclass

from torhaus.journeys.erase_person.steps import ERASED, KEPT, PSEUDONYMISED, Treatment


@dataclass(frozen=True)
class Place:
    """Fields of a model, what becomes of them (None: nothing of a customer's person stands there), and how or why."""

    model: str
    fields: str
    treatment: Treatment | None
    why: str

    @property
    def names(self) -> list[str]:
        """The fields, each with its model."""
        return [f"{self.model}.{name}" for name in self.fields.split()]


_ROW = "the row goes"
_STAFF = "staff, the vendor's own people; their accounts are not erased here"
_VENDOR = "the vendor's own"
_CATALOGUE = "words of the catalogue"
_CHAIN = (
    "holds references and plain values; names and addresses stand in `PersonalValue`, and the chain must not change"
)
PLACES: tuple[Place, ...] = (
    Place("accounts.User", "mail name", ERASED, _ROW),
    Place("accounts.User_groups", "user", ERASED, _ROW),
    Place("accounts.User_user_permissions", "user", ERASED, _ROW),
    Place("accounts.PasswordReset", "user", ERASED, _ROW),
    Place("accounts.LoginCode", "user", ERASED, _ROW),
    Place("accounts.MailChange", "user mail before", ERASED, "the rows go; staff are asked to erase former addresses"),
    Place("accounts.OpenSession", "user address agent", ERASED, "the row goes, and the session with it"),
    Place("accounts.ErasureRequest", "person mail note", ERASED, "emptied with the decision"),
    Place("accounts.Throttle", "source", KEPT, "addresses of clients and hashes; forgotten within a day by themselves"),
    Place("sessions.Session", "session_data", ERASED, "the person's sessions end at once"),
    Place("mfa.Authenticator", "user data", ERASED, _ROW),
    Place("account.EmailAddress", "user email", ERASED, "unused; a row would go with the account"),
    Place("organisations.Membership", "person invited_name passkey_link", ERASED, _ROW),
    Place("organisations.Contact", "name mail phone", ERASED, _ROW),
    Place("organisations.OwnerRecovery", "name mail reason", ERASED, "proposals to make this address an owner go"),
    Place("organisations.OwnerRecovery", "proposed_by", None, _STAFF),
    Place(
        "organisations.Customer",
        "name",
        KEPT,
        "party to contracts and invoices (Art. 17(3)(b) GDPR, § 147 AO), also where it is a natural person",
    ),
    Place(
        "organisations.Address",
        "recipient extra street postal_code city",
        KEPT,
        "the customer's address, part of its invoices (§ 14(4) UStG, § 147 AO)",
    ),
    Place("organisations.CompanySecurity", "factor_roles", None, "names of roles"),
    Place("billing.BillingAccount", "mail", ERASED, "emptied where it is the person's address"),
    Place(
        "billing.Invoice",
        "customer_hint document_key",
        KEPT,
        "§ 147 AO, § 14b UStG: eight years from the end of the year of issue, then purged with lines and document",
    ),
    Place("billing.InvoiceLine", "text", KEPT, "as the invoice"),
    Place("subscriptions.Booking", "name", KEPT, "what was booked; the customer's contract"),
    Place("subscriptions.BookingRequest", "asked_by", PSEUDONYMISED, "emptied; the request stays with the contract"),
    Place("subscriptions.BookingRequest", "reason", KEPT, "the vendor's answer to the customer (§ 257 HGB)"),
    Place(
        "subscriptions.EducationRequest",
        "asked_by statement proof_name proof_key",
        PSEUDONYMISED,
        "emptied, the proof leaves the store; what was granted stays with the contract, what is open is withdrawn",
    ),
    Place(
        "subscriptions.EducationRequest",
        "institution reason",
        KEPT,
        "on what terms were agreed (§ 257 HGB, § 147 AO): six years from the end of the year of the last decision, then emptied",
    ),
    Place(
        "seats.Seat",
        "name mail organisation sought",
        PSEUDONYMISED,
        "replaced by “Erased person”; the seat stays taken, since the product's data hangs on it, and products hear of it; "
        "what SQLite looks up by letters (seats_sought) is merged, so that none of theirs are left",
    ),
    Place("seats.ReminderRefusal", "mailbox", ERASED, "a keyed hash of the address; the row goes"),
    Place("usage.ReportRecipient", "mail", ERASED, _ROW),
    Place("usage.Report", "source", None, "reference of an installation"),
    Place("usage.Level", "source", None, "reference of an installation"),
    Place("licensing.TokenReset", "mail", ERASED, _ROW),
    Place("licensing.OfflineLicence", "issued_by text", None, "number of contract and customer; no name, no address"),
    Place("licensing.PlanPolicy", "environments checksums", None, "rules of a licence"),
    Place("licensing.ContractPolicy", "environments checksums", None, "rules of a licence"),
    Place("licensing.Licence", "grants used", None, "what a licence grants, in numbers"),
    Place("licensing.Installation", "parts machine", KEPT, "keyed hashes and an encrypted code of a machine"),
    Place("licensing.Installation", "name", KEPT, "names a machine of the customer's, who renames or removes it"),
    Place("licensing.Lease", "holder", KEPT, "a machine or a process; ends within minutes"),
    Place("releases.ReleaseSubscription", "mail", ERASED, _ROW),
    Place("releases.AnnouncedMailbox", "mailbox", KEPT, "a hash, until an announcement has been sent to everybody"),
    Place("releases.PublishRequest", "said reason detail by", None, _STAFF),
    Place("releases.Upload", "name by", None, _STAFF),
    Place("releases.Release", "notes notes_url packages", None, _VENDOR),
    Place("releases.AddOnRelease", "notes manifest", None, _VENDOR),
    Place("releases.ReleaseFile", "name signature", None, _VENDOR),
    Place("releases.Download", "link", None, "a random link of a contract"),
    Place("support.Ticket", "mail", PSEUDONYMISED, "emptied; answers reach nobody by mail"),
    Place("support.Ticket", "assigned_to", None, _STAFF),
    Place("support.Ticket", "subject", KEPT, "as the text of the message it began with"),
    Place("support.Ticket", "reason", None, "one of the vendor's reasons"),
    Place("support.Message", "author author_name author_mail", PSEUDONYMISED, "emptied; shown as “Erased person”"),
    Place("support.Message", "message_id", PSEUDONYMISED, "emptied where it holds the address"),
    Place(
        "support.Message",
        "body",
        KEPT,
        "may be a business letter, § 257(1) no. 2 and (4) HGB, § 147 AO: six years, then purged; at once if staff say so",
    ),
    Place("support.Attachment", "name key", KEPT, "as the message it came with"),
    Place("support.CannedAnswer", "title body", None, _VENDOR),
    Place("support.Article", "title body words", None, _VENDOR),
    Place(
        "notices.Mail",
        "recipient recipient_name subject text html headers attachments last_error",
        ERASED,
        "mails to the person go; in mails to others of the same customers address and name are replaced",
    ),
    Place(
        "records.PersonalValue", "value", ERASED, "value and salt emptied; the commitment in the chain tells nothing"
    ),
    Place("records.Record", "actor_ref subject_kind subject_ref before after commitments", KEPT, _CHAIN),
    Place("records.ChainHead", "signature", None, "a signature of the vendor's"),
    Place("records.IdempotencyKey", "reply", ERASED, "address and name taken out; the row goes within 48 hours"),
    Place("work.Attempt", "last_error", ERASED, "the address taken out"),
    Place("work.Attempt", "name worker", None, "name of a job, name of a process"),
    Place("work.Tick", "name", None, "name of a job"),
    Place(
        "django_tasks_database.DBTaskResult",
        "args_kwargs traceback",
        ERASED,
        "jobs about the address go, it is taken out of others' errors; finished jobs go within a week",
    ),
    Place(
        "django_tasks_database.DBTaskResult",
        "task_path worker_ids queue_name backend_name return_value exception_class_path",
        None,
        "names of jobs and processes; no job returns anything",
    ),
    Place("admin.LogEntry", "user object_id object_repr change_message", None, "never written: raw data is read only"),
    Place("auth.Permission", "name codename", None, "names of permissions"),
    Place("auth.Group", "name", None, "unused"),
    Place("contenttypes.ContentType", "app_label", None, "names of models"),
    Place("catalogue.Product", "name description", None, _CATALOGUE),
    Place("catalogue.Meter", "name unit", None, _CATALOGUE),
    Place("catalogue.Item", "name description", None, _CATALOGUE),
    Place("catalogue.AddOn", "vendor_name labels", None, _CATALOGUE),
    Place("catalogue.EducationCategory", "name description proof", None, _CATALOGUE),
    Place("catalogue.SupportPackage", "countries", None, _CATALOGUE),
    Place(
        "vendor.Vendor",
        "name portal_title legal_name street postal_code city represented_by mail phone sales_name sales_mail "
        "sales_phone support_mail support_phone links business_hours holidays support_reasons",
        None,
        _VENDOR,
    ),
    Place("vendor.SigningKey", "private_key_encrypted introductions", None, _VENDOR),
)
