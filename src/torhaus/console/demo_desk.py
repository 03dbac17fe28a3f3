"""The demo's canned answers."""

from torhaus.console.words import CONSOLE
from torhaus.support.canned import canned_answers, create_canned_answer

ANSWERS = {
    "Update: the way": {
        "de": "Guten Tag,\n\nladen Sie unter *Downloads* das Update-Paket und folgen Sie dem Artikel *Aktualisieren*. "
        "Machen Sie vorher eine Sicherung.\n\nViele Grüße\n{staff}",
        "en": "Hello,\n\nget the update package under *Downloads* and follow the article *Updating*. Make a backup "
        "before you begin.\n\nKind regards\n{staff}",
    },
    "More details, please": {
        "de": "Guten Tag,\n\ndamit wir {number} lösen können, brauchen wir noch:\n\n- die genaue Version\n"
        "- die Meldung im Wortlaut\n- das Protokoll als Datei\n\nViele Grüße\n{staff}",
        "en": "Hello,\n\nto solve {number} we still need:\n\n- the exact version\n- the message word by word\n"
        "- the log as a file\n\nKind regards\n{staff}",
    },
}


def load_demo_desk() -> None:
    """Keep the canned answers that are not there yet."""
    known = {answer.title for answer in canned_answers()}
    for title, body in ANSWERS.items():
        if title not in known:
            create_canned_answer(title=title, body=body, by=CONSOLE)
