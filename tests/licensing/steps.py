"""What can happen to a licence, as steps of the property test: each by the deed or import that does it in earnest."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from django_scopes import scopes_disabled
from hypothesis import strategies as st

from tests.journeys.vendor_files import VENDOR, load, write
from tests.people import SYSTEM
from torhaus.catalogue.models import Item
from torhaus.core import clock
from torhaus.journeys.add_booking import NewBooking, add_booking
from torhaus.licensing.policies import usual_values
from torhaus.licensing.report_usage import report_usage
from torhaus.licensing.set_policy import (
    clear_contract_policy,
    clear_plan_policy,
    set_contract_policy,
    set_plan_policy,
)
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.suspend_contract import resume_contract, suspend_contract
from torhaus.usage.report import ReadingSaid
from torhaus.vendor.distrust_signing_key import distrust_signing_key
from torhaus.vendor.keys import signing_now
from torhaus.vendor.models import KeyPurpose
from torhaus.vendor.rotate_signing_key import RotationPending, rotate_signing_key

ITEMS = ("small", "large", "maps", "gold", "full", "guest", "other-plan", "loose")
ZONES = ("Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles")
FIRST = date(2026, 11, 22)
PARTS = {
    "items": """
[[products]]
key = "rooms"
name = "Rooms"
[[meters]]
key = "calls"
name = "Calls"
kind = "{kind}"
[[seat_kinds]]
key = "full"
name = "Full"
[[seat_kinds]]
key = "guest"
name = "Guest"
bookable = false
[[plans]]
key = "small"
name = "Small"
product = "cmdb"
position = {position}
allowances = {{ objects = {quantity}, calls = {{ quantity = 10, per_unit = true }} }}
seat_ratios = {{ full = {{ guest = {ratio} }} }}
[[plans]]
key = "large"
name = "Large"
product = "cmdb"
position = 2
allowances = {{ objects = 500 }}
[[plans]]
key = "other-plan"
name = "Rooms"
product = "rooms"
[[add_ons]]
key = "maps"
name = "Maps"
product = "cmdb"
[[support_packages]]
key = "gold"
name = "Gold"
response_hours = 4
test_installations = {quantity}
[[other_items]]
key = "loose"
kind = "service"
name = "Loose"
"""
}
USUAL = {"kind": "gauge", "position": 1, "quantity": 100, "ratio": 2}
DAYS = st.integers(-40, 80)
MAYBE_DAYS = st.none() | DAYS
SMALL = st.integers(0, 4)
POLICIES = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["node_locked", "floating", "unlimited"]),
        "max_installations": st.none() | SMALL,
        "max_leases": st.none() | SMALL,
        "per_unit": st.booleans(),
        "test_installations": st.none() | SMALL,
        "overage": st.sampled_from(["refuse", "report"]),
        "environments": st.sampled_from([[], ["production", "test"]]),
        "checksums": st.sampled_from([[], ["AB" * 32]]).map(lambda some: [one.lower() for one in some]),
    }
).map(lambda some: usual_values() | some)

Step = Callable[[Path], None]


def contract() -> Contract:
    with scopes_disabled():
        return Contract.objects.select_related("product", "customer").get(number="V-1")


def vendor(**fields: object) -> str:
    """The vendor's file, with other fields."""
    return VENDOR.replace("[vendor]", "[vendor]\n" + "\n".join(f"{name} = {value}" for name, value in fields.items()))


def catalogue(**fields: object) -> str:
    return PARTS["items"].format(**USUAL | fields)


def day(offset: int | None) -> date | None:
    return None if offset is None else FIRST + timedelta(days=offset)


def book(line: str, item: str, quantity: int, active_from: int | None, length: int | None) -> Step:
    def step(_folder: Path) -> None:
        begins = day(active_from)
        ends = None if length is None else (begins or FIRST) + timedelta(days=length)
        with scopes_disabled():
            what = Item.objects.get(key=item)
            last = Booking.objects.filter(contract=contract()).order_by("-pk").first()
        new = NewBooking(line, quantity, what.kind, what, "", begins, ends)
        add_booking(contract_ref=contract().ref, new=new, last_seen=last.pk if last else 0, by=SYSTEM)

    return step


def agree(kind: str, length: int, cancelled: int | None, maintained: int | None, *, renews: bool, grace: int) -> Step:
    def step(folder: Path) -> None:
        renewing = renews and kind != "evaluation"
        ends = FIRST + timedelta(days=length)
        row = ["V-1", "1", "cmdb", kind, 1, FIRST - timedelta(days=30), ends, "yes" if renewing else "no"]
        row += [day(cancelled) or "", day(maintained) or "", grace]
        head = "number;customer;product;kind;term_months;starts_on;ends_on;auto_renews;cancelled_to"
        text = f"{head};maintenance_until;grace_days\n{';'.join(map(str, row))}\n"
        load(write(folder, {"contracts.csv": text}))

    return step


def file(name: str, text: str) -> Step:
    return lambda folder: load(write(folder, {name: text})) and None


def read(meter: str, offset: int, quantity: int) -> Step:
    return file("usage.csv", f"contract;meter;on;quantity\nV-1;{meter};{day(offset)};{quantity}\n")


def report(meter: str, quantity: int, number: int) -> Step:
    def step(_folder: Path) -> None:
        report_usage(
            contract_ref=contract().ref,
            source="",
            readings=[ReadingSaid(f"{clock.now().isoformat()}-{number}-{meter}"[:64], meter, quantity)],
            by=SYSTEM,
        )

    return step


def keys(days: int, *, distrust: bool) -> Step:
    def step(_folder: Path) -> None:
        if distrust and (signer := signing_now()):
            distrust_signing_key(kid=signer.kid, by=SYSTEM)
            return
        try:
            rotate_signing_key(purpose=KeyPurpose.LICENCE, publish_days=days, by=SYSTEM)
        except RotationPending:
            return

    return step


def plain(deed: Callable[..., object], **arguments: object) -> Step:
    """A deed that takes what it is about, and who does it."""
    return lambda _folder: deed(**arguments, by=SYSTEM) and None


def of_contract(deed: Callable[..., object], **arguments: object) -> Step:
    return lambda _folder: deed(contract_ref=contract().ref, **arguments, by=SYSTEM) and None


STEPS: dict[str, st.SearchStrategy[object]] = {
    "book": st.builds(
        book, st.sampled_from(["10", "20"]), st.sampled_from(ITEMS), SMALL, MAYBE_DAYS, st.none() | st.integers(0, 40)
    ),
    "agree": st.builds(
        agree,
        st.sampled_from(["subscription", "evaluation", "perpetual", "hosting"]),
        st.integers(0, 60),
        st.none() | st.integers(-30, 60),
        MAYBE_DAYS,
        renews=st.booleans(),
        grace=st.integers(0, 40),
    ),
    "vendor": st.builds(
        lambda zone, grace: file("vendor.toml", vendor(time_zone=f'"{zone}"', grace_days=grace)),
        st.sampled_from(ZONES),
        SMALL,
    ),
    "catalogue": st.builds(
        lambda kind, position, quantity, ratio: file(
            "catalogue.toml", catalogue(kind=kind, position=position, quantity=quantity, ratio=ratio)
        ),
        st.sampled_from(["gauge", "counter"]),
        SMALL,
        SMALL,
        SMALL,
    ),
    "read": st.builds(read, st.sampled_from(["objects", "calls"]), DAYS, SMALL),
    "report": st.builds(report, st.sampled_from(["objects", "calls"]), SMALL, SMALL),
    "suspend": st.just(of_contract(suspend_contract)),
    "resume": st.just(of_contract(resume_contract)),
    "plan": POLICIES.map(lambda values: plain(set_plan_policy, plan_key="small", values=values)),
    "no_plan": st.just(plain(clear_plan_policy, plan_key="small")),
    "own": POLICIES.map(lambda values: of_contract(set_contract_policy, values=values)),
    "no_own": st.just(of_contract(clear_contract_policy)),
    "imported": st.sampled_from(
        ["plan;model\nsmall;floating\n", "contract;model;max_installations\nV-1;node_locked;3\n"]
    ).map(lambda text: file("policies.csv", text)),
    "keys": st.builds(lambda days, distrust: keys(days, distrust=distrust), SMALL, st.booleans()),
}
