"""Seats: places that people or things hold. A seat's ``ref`` stays while holders change: products own data by it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models.functions import Lower
from django_scopes import ScopedManager

from torhaus.catalogue.models import Item
from torhaus.core.random import new_ref
from torhaus.organisations.models import Customer
from torhaus.seats.sought import folded
from torhaus.subscriptions.models import Contract

HELD = models.Q(released_at__isnull=True)
TEMPORARY = HELD & models.Q(ends_on__isnull=False)
RELEASED = models.Q(released_at__isnull=False)
REMINDED = models.Q(reminded_at__isnull=False)
HOLDER = ("name", "organisation", "mail")


class SeatState(models.TextChoices):
    """Whether the holder has come: invited and not yet seen, or seen by the product (B103)."""

    INITIATED = "initiated"
    ACTIVE = "active"


if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:
    _Text = models.TextField


class SoughtField(_Text):
    """What searches look at, derived from the holder whenever a seat is written."""

    def pre_save(self, model_instance: models.Model, add: Any) -> Any:
        """Give what is stored."""
        setattr(model_instance, self.attname, folded(*(getattr(model_instance, name) for name in HOLDER)))
        return super().pre_save(model_instance, add)

    def deconstruct(self) -> Any:
        """Give it to migrations as the column it is."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


class Seat(models.Model):
    """One seat of a kind that a contract books, from its assignment to its release.

    ``place`` is its number among the held ones of its kind, so that the database refuses to give one away twice.
    ``ends_on`` is the last day of a temporary seat, ``end_told_at`` when the customer heard that it is near.
    ``created_by`` is the seat whose holder asked for it, if one did; only a seat that ``may_create_guests`` does so
    (B104), and whoever takes the seat over may, too. ``second_factor`` says that the product asks its holder for one (TOTP), as the product reported it (B89).
    Of storage, ``owned_bytes`` are the seat's own, ``invited_bytes`` what others own and share with it (B100). When a
    seat is released, its holder is forgotten here (what SQLite looks up by letters goes at its next merge); the records keep names erasably. ``registration`` names the link by
    which the holder confirms the seat, once, until ``registration_ends_at``; its code is kept nowhere.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    kind = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveIntegerField()
    name = models.CharField(max_length=120, blank=True)
    mail = models.CharField(max_length=254, blank=True)
    organisation = models.CharField(max_length=160, blank=True)
    sought = SoughtField(blank=True, default="", editable=False)
    state = models.CharField(max_length=10, choices=SeatState.choices, default=SeatState.INITIATED)
    ends_on = models.DateField(null=True, blank=True)
    end_told_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey("self", on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    registration = models.CharField(max_length=12, blank=True)
    registration_ends_at = models.DateTimeField(null=True, blank=True)
    may_create_guests = models.BooleanField(default=True)
    second_factor = models.BooleanField(default=False)
    owned_bytes = models.PositiveBigIntegerField(default=0)
    invited_bytes = models.PositiveBigIntegerField(default=0)
    assigned_at = models.DateTimeField()
    # Since when the place is taken without a break, where that is longer than by its holder: it was reassigned.
    held_since = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    # When the holder was last asked to come again, whether that mail is yet to be written, and by which reference
    # its link ends such mails; whoever takes the seat over begins anew.
    reminded_at = models.DateTimeField(null=True, blank=True)
    reminder_waits = models.BooleanField(default=False)
    reminder = models.CharField(max_length=12, blank=True)
    wants_reminders = models.BooleanField(default=True)
    released_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Seat"]] = ScopedManager(customer="contract__customer")

    class Meta:
        indexes = [
            models.Index(fields=["contract", "id"], name="seat_contract"),
            models.Index(fields=["ends_on"], name="seat_ends", condition=models.Q(ends_on__isnull=False)),
            models.Index(fields=["registration"], name="seat_registration", condition=~models.Q(registration="")),
            # Each holds all that its lists look at, so that none reads the rows: SQLite looks at released_at, too. What is
            # searched stands in the order that searches show.
            models.Index(
                "contract",
                Lower("name"),
                "mail",
                "id",
                "sought",
                "name",  # PostgreSQL reads no rows only if what the expression is made of stands here, too
                # A row of it must stay below 2,704 bytes there: two names, an organisation and an address of ASCII do.
                "released_at",
                "last_seen_at",  # and those of whoever was not seen for long
                "assigned_at",
                name="seat_holder",
                condition=HELD,
            ),
            models.Index(
                fields=["contract", "organisation", "name", "mail", "id", "released_at"],
                name="seat_organisation",
                condition=HELD,
            ),
            models.Index(
                "contract", "kind", Lower("name"), "mail", "id", "name", "released_at", name="seat_kind", condition=HELD
            ),
            models.Index(
                "contract",
                "state",
                Lower("name"),
                "mail",
                "id",
                "name",
                "released_at",
                name="seat_state",
                condition=HELD,
            ),
            models.Index(
                fields=["contract", "last_seen_at", "id", "assigned_at", "released_at"],
                name="seat_seen",
                condition=HELD,
            ),
            models.Index(fields=["contract", "owned_bytes", "id", "released_at"], name="seat_owned", condition=HELD),
            models.Index(
                fields=["contract", "ends_on", "id", "released_at"], name="seat_temporary", condition=TEMPORARY
            ),
            models.Index(fields=["contract", "assigned_at", "kind", "held_since"], name="seat_assigned"),
            models.Index(fields=["contract", "released_at", "kind"], name="seat_released", condition=RELEASED),
            models.Index(fields=["reminder"], name="seat_reminder", condition=~models.Q(reminder="")),
            models.Index(fields=["mail", "reminded_at"], name="seat_reminded", condition=REMINDED),
            models.Index(fields=["created_by"], name="seat_host", condition=HELD & models.Q(created_by__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "kind", "place"],
                condition=HELD,
                name="seat_place_once",
            ),
            models.UniqueConstraint(
                fields=["contract", "kind", "mail"],
                condition=HELD & ~models.Q(mail=""),
                name="seat_mail_once",
            ),
            models.CheckConstraint(condition=models.Q(place__gte=1), name="seat_place_counts_from_one"),
            models.CheckConstraint(condition=models.Q(mail=Lower("mail")), name="seat_mail_in_small_letters"),
            models.CheckConstraint(
                condition=HELD | models.Q(name="", mail="", organisation="", sought=""),
                name="seat_released_names_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save it; what searches look at follows the holder."""
        fields = None if update_fields is None else set(update_fields)
        if fields and fields.intersection(HOLDER):
            fields.add("sought")
        super().save(*args, update_fields=fields, **kwargs)


class SeatTally(models.Model):
    """How many seats of a kind and state a contract holds, and what they own together, in bytes.

    The database keeps it, by triggers on the seats (migration 0009), whoever writes them; nothing else does. SQLite makes
    a table anew for most changes of its columns, and without its triggers: such a migration creates them again. Each page
    about seats shows these numbers, and counting 50,000 rows each time would be what it mostly does. The same holds for
    what searches look up on SQLite (migration 0012, ``lookup.py``).
    """

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10)
    held = models.PositiveIntegerField()
    owned = models.FloatField()  # exact up to 2^53, which is 9 PB: whole numbers would refuse a seat beyond 2^63

    objects: ClassVar[models.Manager["SeatTally"]] = ScopedManager(customer="contract__customer")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "kind", "state"], name="seat_tally_once"),
        ]

    def __str__(self) -> str:
        return f"{self.held} {self.state}"


class ReminderRefusal(models.Model):
    """Somebody wants no more reminders from a customer, whichever seats they hold there now or get later.

    ``mailbox`` is a keyed hash of the address: the row outlives the seat, and a database dump tells nobody's name by it.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    mailbox = models.CharField(max_length=64)
    refused_at = models.DateTimeField()

    objects: ClassVar[models.Manager["ReminderRefusal"]] = ScopedManager(customer="customer")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "mailbox"], name="reminder_refused_once")]
        indexes = [models.Index(fields=["mailbox"], name="reminder_refused")]

    def __str__(self) -> str:
        return self.mailbox[:8]
