"""Meter, badge, icon, sorting, paging and fields, as a page shows them."""

import re
from typing import NamedTuple

import lucide
import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import translation
from django.utils.safestring import mark_safe

from torhaus.frame.lists import long_page_of


def shown(source: str, language: str = "en", query: str = "", **values) -> str:
    values.setdefault("request", RequestFactory().get("/invoices/" + query))
    with translation.override(language):
        return Template("{% load torhaus %}" + source).render(Context(values))


def meter(total, used, hold=0, tone="", language="en") -> str:
    return shown("{% meter 'm' t u h o %}", language, t=total, u=used, h=hold, o=tone)


def test_a_meter_speaks_in_words():
    assert 'aria-valuetext="3,110 of 5,000 used, 1,890 available"' in meter(5000, 3110)
    assert 'aria-valuetext="3.110 von 5.000 belegt, 1.890 frei"' in meter(5000, 3110, language="de")
    assert 'aria-valuetext="46 of 50 used, 1 reserved, 3 available"' in meter(50, 46, 1)
    assert 'aria-valuetext="46 von 50 belegt, 1 reserviert, 3 frei"' in meter(50, 46, 1, language="de")
    assert 'aria-valuetext="55 of 50 used, 5 too many"' in meter(50, 55)
    assert 'aria-valuetext="55 von 50 belegt, 5 zu viel"' in meter(50, 55, language="de")


@pytest.mark.parametrize(
    ("total", "used", "tone"),
    [(100, 0, "m-used"), (100, 89, "m-used"), (100, 90, "m-warn"), (100, 100, "m-warn"), (100, 101, "m-bad")],
)
def test_a_meter_warns_from_90_percent_and_is_bad_when_over(total, used, tone):
    assert f'class="{tone}"' in meter(total, used)


@pytest.mark.parametrize(("total", "used", "hold"), [(50, 60, 5), (50, 45, 20), (0, 0, 0), (0, 3, 1), (10**12, 1, 0)])
def test_a_meter_is_never_wider_than_its_place(total, used, hold):
    html = meter(total, used, hold)
    assert sum(float(width) for width in re.findall(r'width="([0-9.]+)%"', html)) <= 100
    assert int(re.search(r'aria-valuenow="(\d+)"', html)[1]) <= total
    assert "style=" not in html


def test_a_badge_is_icon_and_word():
    html = shown("{% badge 'ok' 'check' text %}", text="<Active>")
    assert html.startswith('<span class="tag ok"><svg')
    assert html.endswith("&lt;Active&gt;</span>")


def test_icons_are_hidden_from_screen_readers_and_an_unknown_one_is_an_error():
    assert 'aria-hidden="true"' in shown("{% icon 'receipt' 18 %}")
    with pytest.raises(lucide.IconDoesNotExist):
        shown("{% icon 'no-such-icon' %}")


def test_sorting_turns_round_and_keeps_the_filters_but_not_the_page():
    link = "{% sort_link 'number' 'Number' %}"
    assert 'href="?status=open&amp;sort=number"' in shown(link, query="?status=open&page=4")
    assert 'href="?status=open&amp;sort=-number"' in shown(link, query="?status=open&sort=number")
    assert 'href="?sort=number"' in shown(link, query="?sort=-number")
    assert "<svg" in shown(link, query="?sort=number")
    assert "<svg" not in shown(link, query="?sort=amount")


def test_aria_sort_says_the_order_in_force():
    tag = "{% aria_sort 'number' %}"
    assert shown(tag, query="?sort=number") == ' aria-sort="ascending"'
    assert shown(tag, query="?sort=-number") == ' aria-sort="descending"'
    assert shown(tag, query="?sort=amount") == ""
    assert shown(tag, sort="-number") == ' aria-sort="descending"'  # the view's own default


def test_the_pager_tells_the_range_and_keeps_the_filters():
    page = Paginator(range(1234), 50).page(3)
    html = shown("{% pager page %}", query="?status=open&page=3", page=page)
    assert "101 to 150 of 1,234" in html
    assert "Page 3 of 25" in html
    assert 'href="?status=open&amp;page=2" rel="prev"' in html
    assert 'href="?status=open&amp;page=4" rel="next"' in html
    assert "101 bis 150 von 1.234" in shown("{% pager page %}", "de", page=page)


def test_a_single_page_needs_no_links():
    html = shown("{% pager page %}", page=Paginator(range(3), 50).page(1))
    assert "1 to 3 of 3" in html
    assert "<nav" not in html
    assert "0 of 0" not in shown("{% pager page %}", page=Paginator([], 50).page(1))


def test_the_pager_of_a_long_list_leads_far_and_says_from_where():
    page = long_page_of("150", 10_000, 25)
    page.place = "3725.abc.12"
    html = shown("{% pager page %}", query="?kind=full&page=150&near=1.x.y", page=page)
    links = dict(re.findall(r'<a class="btn sm" href="([^"]*)"[^>]*>(?:<svg.*?</svg>)?([^<]*)', html))
    near = "&amp;near=3725.abc.12"
    assert links == {
        "?kind=full": "First",
        f"?kind=full&amp;page=50{near}": "100 back",
        f"?kind=full&amp;page=149{near}": "Previous",
        f"?kind=full&amp;page=151{near}": "Next",
        f"?kind=full&amp;page=250{near}": "100 on",
        "?kind=full&amp;page=400": "Last",
    }
    german = shown("{% pager page %}", "de", page=page)
    assert all(word in german for word in ("Erste", "100 zurück", "Zurück", "Weiter", "100 weiter", "Letzte"))
    assert 'href="?kind=full&amp;sort=seen"' in shown(
        "{% sort_link 'seen' 'Seen' %}", query="?kind=full&page=9&near=1.x.y"
    )


@pytest.mark.parametrize(
    ("given", "there"), [("1", {"Next", "100 on", "Last"}), ("400", {"First", "100 back", "Previous"})]
)
def test_the_pager_of_a_long_list_leads_nowhere_beyond_its_ends(given, there):
    html = shown("{% pager page %}", page=long_page_of(given, 10_000, 25))
    assert set(re.findall(r">(First|100 back|Previous|Next|100 on|Last)<", html)) == there
    assert "First" not in shown("{% pager page %}", page=long_page_of("3", 200, 25)), "a few pages need no more"


class Row(NamedTuple):
    name: str
    mark: str


def test_each_row_is_filled_in_and_escaped_unless_it_is_safe():
    template = '{% each one in rows %}<td data-l="{{ label }}">{{ one.name }} {{ one.mark }}{% if yes %}!{% endif %}</td>{% endeach %}'
    rows = [Row("<script>", mark_safe("<b>1</b>")), Row("100 % %s \x00&", "é")]
    assert shown(template, rows=rows, label='5 % "of" all', yes=True) == (
        '<td data-l="5 % &quot;of&quot; all">&lt;script&gt; <b>1</b>!</td>'
        '<td data-l="5 % &quot;of&quot; all">100 % %s \x00&amp; é!</td>'
    )
    assert shown(template, rows=[], label="", yes=False) == ""
    with pytest.raises(TemplateSyntaxError):
        shown("{% each one of rows %}{% endeach %}")


@pytest.mark.parametrize(
    "body",
    [
        "{{ one.name|upper }} {{ one.mark }}",
        "{% if one.name %}x{% endif %}{{ one.mark }}",
        "{{ one.name }} {{ typed }}",
    ],
)
def test_each_row_shows_nothing_but_values_as_they_are_and_none_that_a_text_from_elsewhere_names(body):
    with pytest.raises(TemplateSyntaxError):
        shown("{% each one in rows %}" + body + "{% endeach %}", rows=[Row("a", "b")], typed="\x00__class__\x00")


class Form(forms.Form):
    mail = forms.EmailField(label="Mail", help_text="Where to?", error_messages={"invalid": "No address."})
    agree = forms.BooleanField(label="I agree", required=False)


def test_a_field_ties_label_hint_and_error_together():
    html = shown("{% field form.mail %}", form=Form({"mail": "x"}))
    assert '<label for="id_mail">Mail</label>' in html
    assert 'id="id_mail_helptext">Where to?' in html
    assert 'aria-describedby="id_mail_helptext id_mail_error"' in html
    assert 'aria-invalid="true"' in html
    assert re.search(r'<span class="err" id="id_mail_error"><svg.*</svg>No address\.</span>', html)
    assert "aria-invalid" not in shown("{% field form.mail %}", form=Form())


def test_a_tick_stands_before_its_label():
    html = shown("{% field form.agree %}", form=Form())
    assert re.search(r'<label for="id_agree"><input type="checkbox"[^>]*> I agree</label>', html)
