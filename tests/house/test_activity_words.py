"""House rule: every deed has a sentence in the activity log, or is named as none of a customer's."""

import re

from tests.house.source import PACKAGE
from torhaus.web.activity.words import BY_ANYBODY, BY_STAFF, HIDDEN


def test_every_deed_has_words_or_is_none_of_a_customers():
    source = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    deeds = set(re.findall(r'@deed\("(\w+)"\)', source))
    told = set(BY_ANYBODY) | set(BY_STAFF)
    assert deeds - told - HIDDEN == set(), "say in web/activity/words.py what happened, or that it is hidden"
    assert told & HIDDEN == set()
    assert HIDDEN - deeds == set(), "gone"
