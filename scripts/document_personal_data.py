"""Write docs/personal-data.md from what an erasure does, or with --check say whether it is up to date."""

import importlib
import os
import sys
from pathlib import Path

import django

PAGE = Path(__file__).resolve().parent.parent / "docs" / "personal-data.md"
HEAD = """# Personal data: export, erasure, retention

Written by `make docs` from `src/torhaus/journeys/erase_person/`; `make check` keeps both the same.

## Export (GDPR Art. 15 and 20)

Everybody takes what is stored of them on *My account*, *Take your data along*, as one JSON file with nobody else's
data. Staff with the right `handle_personal_data` take the same file for somebody who asks by mail. Both are recorded.

## Erasure (GDPR Art. 17)

Whoever wants to be erased asks on *My account*, with the password, and gets a mail; staff take down who asks by mail
or letter. Both appear on the staff's list *Personal data* with the day until which an answer is due: one month (Art.
12(3)). The page of a wish counts what is stored and says what becomes of it; staff confirm with their password, or
decline with a reason that the person gets by mail (Art. 12(4)). If anything changed since it was shown, nothing is
done and it is shown again. All of it is one transaction with one record; two who confirm at once do it once.

An owner hands the account over first; until then nothing is erased. Accounts of staff are not erased here. The same
mail address may be invited anew later: it begins with nothing.

| stored of a person | what becomes of it | how |
|---|---|---|
"""
MIDDLE = """| Invoices and contracts | kept | They are the customer's. Invoices are purged after eight years, see below. |

People are found by their mail address, in any case, and by the account with it. Names are looked for beside the
address, and in mails to others and audit records only where they have more than one word and nobody else of the same
customers bears them. What others wrote in tickets stays as they wrote it.

**Seats.** A seat is not released, since products delete what a released seat owns: it stays taken by “Erased person”,
and products learn by the feed of changes (`reassign_seat`) that its holder is another. Whoever manages the seats
gives it to somebody else or releases it.

**Tickets.** What customers write to support may be a business letter, to be kept for six years (§ 257 HGB, § 147 AO):
whatever prepares, carries out or ends a transaction is one, a mere greeting is not. Nobody can tell them apart without
reading. So name and address of the author go, the text and its files stay until then, and are then purged by
themselves. If you find that none of the person's texts has to be kept, tick *Erase the texts now* on the page of the
wish: all texts and files of the person in tickets go with the erasure, and the record says so.

**Audit records.** `torhaus check --audit` finds the chain whole afterwards: it holds salted commitments, and the
values and salts go.

## What you do beside it

- Erase the person in the files you import from: the next import brings contacts back that stand in them.
- Backups hold the person until they are overwritten. After restoring one, erase anew whoever was erased since; the
  records `erase_person` of a kept head, or your list of wishes, say when.
- Logs of the web server and of Torhaus hold addresses of clients; let them rotate.
- CSV files of seats and of invitations that were being imported lie in the file store for two days.

## Retention

A job a day (`purge_retained`), by the vendor's calendar:

| what | kept | law |
|---|---|---|
| invoices, lines, documents | eight years from the end of the year of issue | § 147(3), (4) AO, § 14b(1) UStG |
| what erased people wrote in tickets | six years from the end of their year | § 257(4), (5) HGB, § 147 AO |
| institution and reason of requests for education terms | six years from the end of the decision's year, or of the year in which staff ended the terms early | as texts |

Proofs and statements of requests for education terms go before that: 90 days after the decision, or 180 days after
the customer asked if nobody decides (`forget_old_proofs`, daily).

These periods do not end while the papers matter to a tax whose assessment period is still open (§ 147(3) AO, last
sentence). Torhaus cannot know that: during a tax audit, or where returns were filed late, set the first year that is
to stay in the vendor's file, `keep_from_year = 2017`, before the period is over. Nothing of that year or later is
purged until you set it to `""`. Which texts and invoices you have to keep, and how long, ask whoever advises you on
tax and law: this page is no legal advice.

An invoice that is still open is not purged: the claim needs it (Art. 17(3)(e) GDPR). Documents leave the file store
within two days. Leave purged invoices out of your files, or the next import brings them back until the next purge.

## Every field

| model and fields | what becomes of them | how, or why |
|---|---|---|
"""


def page() -> str:
    """Give the document."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")
    django.setup()
    places = importlib.import_module("torhaus.journeys.erase_person.places").PLACES
    steps = importlib.import_module("torhaus.journeys.erase_person.steps").STEPS
    done = [f"| {one.label} | {one.treatment} | {one.says} |" for one in steps]
    fields = [
        f"| `{one.model}`: {one.fields.replace(' ', ', ')} | {one.treatment or 'not personal'} | {one.why} |"
        for one in places
    ]
    return HEAD + "\n".join(done) + "\n" + MIDDLE + "\n".join(fields) + "\n"


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PAGE.write_text(page(), "utf-8")
    elif not PAGE.is_file() or PAGE.read_text("utf-8") != page():
        sys.exit("docs/personal-data.md is not what the code says; run `make docs`")
