"""Pages of a list by where they begin (keyset): what comes before is never read, so a page costs the same anywhere.

Rows are compared whole, ``(a, b, id) > (1, 2, 3)``, as SQL compares them column by column: both databases enter an
index of these columns at the very row, where comparisons of single columns read all that share the first one's value.
"""

from collections.abc import Sequence

from django.db.models import BooleanField, Expression, F, Func, Q, Value
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual


class _Row(Func):
    template = "(%(expressions)s)"


def beyond(columns: Sequence[Expression | F], place: Sequence[object], *, backwards: bool, itself: bool = False) -> Q:
    """Give the condition for rows that come after a place in the order of ``columns``, or going ``backwards``.

    ``place`` are the values of these columns there, none of them empty (NULL); ``itself``: and for a row at the place.
    """
    answer: BooleanField[bool, bool] = BooleanField()
    rows = _Row(*columns, output_field=answer), _Row(*(Value(one) for one in place), output_field=answer)
    sign = ("<" if backwards else ">") + ("=" if itself else "")
    found = Q(Func(*rows, template="%(expressions)s", arg_joiner=f" {sign} ", output_field=answer))
    if isinstance(columns[0], F):
        return found
    # It is implied, but SQLite enters the index of an expression by nothing else.
    return found & Q((LessThanOrEqual if backwards else GreaterThanOrEqual)(columns[0], Value(place[0])))
