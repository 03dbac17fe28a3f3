"""VAT identification numbers: whether one has the form its country gives them. Whether it exists, only the country knows.

Forms of the member states as the VIES lists them (Council Directive 2006/112/EC, article 215), and of neighbours.
"""

import re

_FORMS = {
    "AT": r"ATU\d{8}",
    "BE": r"BE[01]\d{9}",
    "BG": r"BG\d{9,10}",
    "CH": r"CHE\d{9}(MWST|TVA|IVA)?",
    "CY": r"CY\d{8}[A-Z]",
    "CZ": r"CZ\d{8,10}",
    "DE": r"DE\d{9}",
    "DK": r"DK\d{8}",
    "EE": r"EE\d{9}",
    "ES": r"ES[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"FI\d{8}",
    "FR": r"FR[A-Z0-9]{2}\d{9}",
    "GB": r"GB(\d{9}|\d{12}|GD\d{3}|HA\d{3})",
    "GR": r"EL\d{9}",
    "HR": r"HR\d{11}",
    "HU": r"HU\d{8}",
    "IE": r"IE(\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W])",
    "IT": r"IT\d{11}",
    "LI": r"(LI|CHE)\d{5,9}(MWST)?",
    "LT": r"LT(\d{9}|\d{12})",
    "LU": r"LU\d{8}",
    "LV": r"LV\d{11}",
    "MT": r"MT\d{8}",
    "NL": r"NL[A-Z0-9+*]{10}\d{2}",
    "NO": r"NO\d{9}(MVA)?",
    "PL": r"PL\d{10}",
    "PT": r"PT\d{9}",
    "RO": r"RO\d{2,10}",
    "SE": r"SE\d{12}",
    "SI": r"SI\d{8}",
    "SK": r"SK\d{10}",
}
# Of the countries whose vendors are most likely; their forms are above.
_EXAMPLES = {
    "AT": "ATU12345678",
    "CH": "CHE123456789MWST",
    "DE": "DE123456789",
    "FR": "FR12123456789",
    "IT": "IT12345678901",
    "LI": "LI12345",
    "LU": "LU12345678",
}
_BETWEEN = re.compile(r"[\s.\-]")


def tidy_vat_id(text: str) -> str:
    """Give a number as it is kept: without blanks, dots and hyphens, in capital letters."""
    return _BETWEEN.sub("", text).upper()


def fits_country(vat_id: str, country: str) -> bool:
    """Whether a tidy number has the form of ``country`` (ISO 3166); of other countries any letters and digits do."""
    form = _FORMS.get(country, r"[A-Z0-9]{4,20}")
    return re.fullmatch(form, vat_id, re.ASCII) is not None


def vat_id_example(country: str) -> str:
    """Give what a number of ``country`` (ISO 3166) looks like; "" where we have no example."""
    return _EXAMPLES.get(country, "")
