"""Examples of seats for document and page, as the API says them; a test holds each against its model."""

from typing import Any

SEAT: dict[str, Any] = {
    "ref": "Se4Tk9Wm2Lx7",
    "kind": "full",
    "state": "active",
    "name": "Mara Lindqvist",
    "mail": "mara.lindqvist@nordwind.example",
    "organisation": "Nordwind Logistik GmbH",
    "ends_on": None,
    "created_by": None,
    "assigned_at": "2026-11-22T12:00:00Z",
    "last_seen_at": "2026-11-22T12:05:00Z",
    "owned_bytes": 52428800,
    "invited_bytes": 0,
    "second_factor": False,
    "may_create_guests": True,
}
ASSIGN = {"kind": "full", "name": "Mara Lindqvist", "mail": "mara.lindqvist@nordwind.example"}
ASSIGNED = {"seat": SEAT | {"state": "initiated", "last_seen_at": None, "owned_bytes": 0, "organisation": ""}}
REASSIGN = {"seat": "Se4Tk9Wm2Lx7", "name": "Jonas Weber", "mail": "jonas.weber@nordwind.example"}
_TAKEN_OVER = {
    "name": "Jonas Weber",
    "mail": "jonas.weber@nordwind.example",
    "state": "initiated",
    "last_seen_at": None,
}
REASSIGNED = {"seat": SEAT | _TAKEN_OVER}
EXTEND = {"seat": "Se4Tk9Wm2Lx7", "ends_on": "2027-01-31"}
EXTENDED = {"seat": SEAT | {"ends_on": "2027-01-31"}}
RELEASE = {"seat": "Se4Tk9Wm2Lx7"}
RELEASED = {"seat": "Se4Tk9Wm2Lx7", "released": True, "deletes": True}
REPORT = {"seats": [{"seat": "Se4Tk9Wm2Lx7", "last_seen_at": "2026-11-22T12:05:00Z", "owned_bytes": 52428800}]}
REPORTED = {"kept": 1}
BOOKING_LINK = {"seat": "Se4Tk9Wm2Lx7", "kind": "full"}
_PATH = "settings/account/book/from-product/Bk5Tm8Wn3Lx6/0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c/"
BOOKING_LINK_MADE = {"url": f"https://portal.acme.example/{_PATH}", "ends_at": "2026-11-22T12:10:00Z"}
SEATS = {"seats": [SEAT], "next": None}
_RELEASED: dict[str, Any] = {"deed": "release_seat", "seats": ["Se4Tk9Wm2Lx7"], "deletes": True, "booked": []}
_BOOKED: dict[str, Any] = {
    "deed": "add_booking",
    "seats": [],
    "deletes": False,
    "booked": [{"on": "2026-11-22", "seats": {"full": 25}}, {"on": "2027-01-01", "seats": {"full": 30}}],
}
CHANGES = {
    "events": [
        {"sequence": 4711, "at": "2026-11-22T12:00:00Z"} | _RELEASED,
        {"sequence": 4720, "at": "2026-11-22T12:00:00Z"} | _BOOKED,
    ],
    "cursor": 4720,
    "more": False,
}
ACCOUNT: dict[str, Any] = {
    "contract": "V-2026-001",
    "customer": "10482",
    "kind": "subscription",
    "state": "active",
    "plans": [{"key": "medium", "name": "Medium"}],
    "term": {
        "months": 12,
        "starts_on": "2026-04-01",
        "ends_on": "2027-03-31",
        "auto_renews": True,
        "notice_days": 30,
        "cancel_by": "2027-03-01",
    },
    "education": {
        "key": "schools",
        "name": "Schools and universities",
        "starts_on": "2026-04-01",
        "ends_on": "2027-03-31",
    },
    "seats": [
        {
            "key": "full",
            "name": "Full seat",
            "personal": True,
            "release_deletes": True,
            "booked": 25,
            "used": 21,
            "invited": 2,
            "available": 4,
            "over": 0,
            "owned_bytes": 734003200,
        }
    ],
}
