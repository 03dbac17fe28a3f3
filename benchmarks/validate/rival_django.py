"""The ordinary Django way: a view with the ORM behind all the middleware of the portal, in the same server.

Four queries, related rows loaded as usual; the portal's own settings, persistent and prepared connections included.
"""

import json
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")
settings.ROOT_URLCONF = "benchmarks.validate.rival_django"
application = get_wsgi_application()

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_scopes import scopes_disabled

from benchmarks.validate.rival_answer import SAID, answer, credentials, same_hash, signed
from torhaus.frame.access import public
from torhaus.licensing.models import Installation, Licence, LicenceToken
from torhaus.subscriptions.models import Booking

ZONE = ZoneInfo("Europe/Berlin")
KNOWN = json.loads(SAID["grants"])


def midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp())


@csrf_exempt
@public
@require_POST
def validate(request):
    who, asked = credentials(request.headers.get("Authorization", "")), json.loads(request.body)
    with scopes_disabled():
        token = LicenceToken.objects.select_related("contract__customer").filter(public_id=who[0]).first()
        if token is None or token.revoked_at is not None or not same_hash(token.secret_hash, who[1]):
            return JsonResponse({"code": "invalid_token"}, status=401)
        licence = Licence.objects.select_related("product").get(
            contract=token.contract_id, product__key=asked["product"]
        )
        place = Installation.objects.get(licence=licence, ref=asked["installation"])
        bookings = Booking.objects.filter(contract=token.contract_id).select_related("item")
        items = [{"key": one.item.key, "kind": one.kind, "quantity": one.quantity} for one in bookings]
    items.sort(key=lambda one: (one["kind"], one["key"]))
    contract, plan = token.contract, next(one for one in items if one["kind"] == "plan")
    grants = {
        "contract": contract.number,
        "customer": contract.customer.number,
        "product": licence.product.key,
        "kind": contract.kind,
        "edition": plan["key"],
        "environment": "evaluation" if contract.kind == "evaluation" else "production",
        "starts_at": midnight(contract.starts_on),
        "ends_at": midnight(contract.ends_on + timedelta(days=1)),
        "grace_days": KNOWN["grace_days"],
        "suspended": contract.suspended,
        "items": [one for one in items if one["kind"] != "seat"],
        "allowances": {"objects": plan["quantity"]},
        "seats": {one["key"]: one["quantity"] for one in items if one["kind"] == "seat"},
        "policy": KNOWN["policy"],
    }
    found = {"ref": place.ref, "name": place.name, "environment": place.environment, "parts": place.parts}
    said = answer(asked, grants, licence.ref, json.loads(licence.used), licence.installations, found)
    return HttpResponse(signed(said), content_type="application/json")


urlpatterns = [path("api/v1/validate", validate)]
