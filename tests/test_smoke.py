import pytest
from django_scopes import scopes_disabled

from tests import people
from torhaus.journeys.revoke_token import revoke_token
from torhaus.licensing.actions import UnknownToken, sign_in_with_token
from torhaus.records.models import Record
from torhaus_sdk.tokens import parse_token


@pytest.mark.django_db
def test_cast():
    people.vendor()
    c = people.contract(people.customer())
    text = people.token(c)
    row = sign_in_with_token(token=parse_token(text), by=people.SYSTEM)
    revoke_token(public_id=row.public_id, by=people.SYSTEM)
    with pytest.raises(UnknownToken):
        sign_in_with_token(token=parse_token(text), by=people.SYSTEM)
    with scopes_disabled():
        assert [r.deed for r in Record.objects.order_by("pk")] == ["issue_token", "sign_in_with_token", "revoke_token"]
