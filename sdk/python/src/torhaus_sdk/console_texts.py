"""What the command torhaus-licence says by itself: name → (English, German)."""

from typing import Any

_EXAMPLES_EN = """examples:
  torhaus-licence set-token --check       asks for the token, then the server
  torhaus-licence install licence.txt     for machines without a network
  torhaus-licence status --json

exit codes: 0 valid or done, 1 not valid, 2 wrong usage, 3 server not reached but licensed,
  4 server not reached and not licensed, 5 refused and nothing changed, 6 not written down, 130 aborted

Settings come from options, then from the environment (TORHAUS_LICENCE_SERVER, _PRODUCT, _STATE, _KEYS,
  _PROXY, _LANGUAGE, _CONFIG), then from the file torhaus-licence.toml beside the command."""
_EXAMPLES_DE = """Beispiele:
  torhaus-licence set-token --check       fragt nach dem Token, dann den Server
  torhaus-licence install lizenz.txt      für Rechner ohne Netz
  torhaus-licence status --json

Rückgabewerte: 0 gültig oder erledigt, 1 nicht gültig, 2 falscher Aufruf, 3 Server nicht erreicht, aber
  lizenziert, 4 Server nicht erreicht und nicht lizenziert, 5 abgelehnt und nichts geändert,
  6 nicht gespeichert, 130 abgebrochen

Einstellungen kommen aus Optionen, dann aus der Umgebung (TORHAUS_LICENCE_SERVER, _PRODUCT, _STATE, _KEYS,
  _PROXY, _LANGUAGE, _CONFIG), dann aus der Datei torhaus-licence.toml neben dem Befehl."""

_TEXTS: dict[str, tuple[str, str]] = {
    # Help.
    "about": (
        "Show and change what this product is licensed for.",
        "Zeigen und ändern, wofür dieses Produkt lizenziert ist.",
    ),
    "usage": ("usage: ", "Aufruf: "),
    "commands": ("commands", "Befehle"),
    "arguments": ("arguments", "Argumente"),
    "options": ("options", "Optionen"),
    "help": ("show this help and exit", "diese Hilfe zeigen"),
    "help_version": ("show the version and exit", "die Version zeigen"),
    "help_set_token": ("save a licence token", "ein Lizenz-Token speichern"),
    "help_check": ("ask the licence server", "den Lizenzserver fragen"),
    "help_status": ("show what is known, without contact", "zeigen, was bekannt ist, ohne Kontakt"),
    "help_install": ("install an offline licence", "eine Offline-Lizenz installieren"),
    "help_list": ("list the licences", "die Lizenzen auflisten"),
    "help_remove": ("remove licences, or the token", "Lizenzen oder das Token entfernen"),
    "help_usage": ("show or report usage", "Verbrauch zeigen oder melden"),
    "help_activate": ("take a place for this machine", "einen Platz für diesen Rechner belegen"),
    "help_deactivate": ("give this machine's place back", "den Platz dieses Rechners zurückgeben"),
    "help_seats": ("show and change who holds which seat", "zeigen und ändern, wer welchen Platz hat"),
    "help_seats_account": (
        "show what is booked, used and available",
        "zeigen, was gebucht, vergeben und verfügbar ist",
    ),
    "help_seats_list": ("list the seats and their holders", "die Plätze und ihre Inhaber auflisten"),
    "help_seats_assign": ("give a seat to somebody", "einen Platz vergeben"),
    "help_seats_reassign": ("give a seat to somebody else", "einen Platz neu vergeben"),
    "help_seats_extend": ("change when a seat ends", "ändern, wann ein Platz endet"),
    "help_seats_release": ("make a seat free", "einen Platz freigeben"),
    "help_seat_kind": (
        "key of the kind of seat, as `seats account` shows it",
        "Schlüssel der Art, wie `seats account` ihn zeigt",
    ),
    "help_seat": ("the seat, as `seats list` shows it", "der Platz, wie `seats list` ihn zeigt"),
    "help_holder_name": ("name of the holder", "Name des Inhabers"),
    "help_guests_of": (
        "only guests that the holder of this seat created",
        "nur Gäste, die der Inhaber dieses Platzes anlegte",
    ),
    "help_created_by": ("seat of whoever the holder is a guest of", "Platz dessen, bei dem der Inhaber zu Gast ist"),
    "help_mail": ("mail address of the holder", "E-Mail-Adresse des Inhabers"),
    "help_organisation": ("organisation of the holder", "Organisation des Inhabers"),
    "help_ends_on": ("last day, such as 2026-12-31", "letzter Tag, etwa 2026-12-31"),
    "help_extend_to": ("last day; without it the seat stays", "letzter Tag; ohne ihn bleibt der Platz"),
    "help_machine": (
        "show this machine's code, for an offline licence that is bound to it",
        "den Code dieses Rechners zeigen, für eine an ihn gebundene Offline-Lizenz",
    ),
    "machine_next": (
        "Paste these lines into the portal under “Offline licence & token” if it asks for which machine the licence is.",
        "Fügen Sie diese Zeilen im Portal unter „Offline-Lizenz & Token“ ein, wenn es fragt, für welchen Rechner sie ist.",
    ),
    "help_take_place": (
        "take a place for this machine if the licence counts them",
        "einen Platz für diesen Rechner belegen, wenn die Lizenz sie zählt",
    ),
    "help_then_check": ("check it with the server at once", "es gleich beim Server prüfen"),
    "help_token": (
        "the token itself; every user of this machine can see it in the list of processes",
        "das Token selbst; jeder Benutzer dieses Rechners sieht es in der Prozessliste",
    ),
    "help_file": (
        "file with the offline licence, - for standard input",
        "Datei mit der Offline-Lizenz, - für die Standardeingabe",
    ),
    "help_yes": ("do not ask", "nicht nachfragen"),
    "help_ids": ("ids as `list` shows them", "Kennungen, wie `list` sie zeigt"),
    "help_all": ("all licences", "alle Lizenzen"),
    "help_remove_token": ("the token too, and all that came with it", "auch das Token und alles, was mit ihm kam"),
    "help_readings": ("readings to report, such as objects=4200", "zu meldende Werte, etwa objects=4200"),
    "help_kind": (
        "gauge: what is there now; counter: what was used since the last report",
        "gauge: was jetzt da ist; counter: was seit der letzten Meldung verbraucht wurde",
    ),
    "help_name": ("what people call this installation", "wie die Installation genannt wird"),
    "help_keep": (
        "keep the installation, free only the floating place",
        "Installation behalten, nur den belegten Platz freigeben",
    ),
    "help_config": ("settings of the product, a TOML file", "Einstellungen des Produkts, eine TOML-Datei"),
    "help_state": ("file in which the product keeps its licences", "Datei, in der das Produkt seine Lizenzen hält"),
    "help_server": ("address of the portal", "Adresse des Portals"),
    "help_product": ("key of the product", "Schlüssel des Produkts"),
    "help_keys": ("the vendor's public keys, a JWKS file", "öffentliche Schlüssel des Herstellers, eine JWKS-Datei"),
    "help_proxy": ("proxy such as http://proxy:3128", "Proxy, etwa http://proxy:3128"),
    "help_language": ("language of the output", "Sprache der Ausgabe"),
    "help_json": ("write one JSON object", "ein JSON-Objekt ausgeben"),
    "epilog": (_EXAMPLES_EN, _EXAMPLES_DE),
    # Wrong usage.
    "setting_missing": (
        "{name} is not known. Give --{name}, TORHAUS_LICENCE_{upper}, or {name} in torhaus-licence.toml.",
        "{name} ist nicht bekannt. Geben Sie --{name}, TORHAUS_LICENCE_{upper} oder {name} in torhaus-licence.toml an.",
    ),
    "config_unreadable": ("{path} cannot be read: {why}", "{path} ist nicht lesbar: {why}"),
    "config_unknown": (
        "{path}: {names} is not a setting. Known are {known}.",
        "{path}: {names} ist keine Einstellung. Bekannt sind {known}.",
    ),
    "config_no_text": ("{path}: {names} must be a text.", "{path}: {names} muss ein Text sein."),
    "keys_unreadable": (
        "The vendor's public keys in {path} cannot be used: {why}",
        "Die öffentlichen Schlüssel des Herstellers in {path} sind nicht verwendbar: {why}",
    ),
    "wrong_setting": ("A setting cannot be: {why}", "Eine Einstellung kann nicht sein: {why}"),
    "no_day": ("{text} is not a day such as 2026-11-22", "{text} ist kein Tag wie 2026-11-22"),
    "no_reading": (
        "{text} is not a reading. Write it as meter=quantity, with a whole number.",
        "{text} ist kein Wert. Schreiben Sie Zähler=Menge mit einer ganzen Zahl.",
    ),
    "nothing_chosen": (
        "Say what to remove: ids as `torhaus-licence list` shows them, --all, or --token.",
        "Sagen Sie, was entfernt werden soll: Kennungen aus `torhaus-licence list`, --all oder --token.",
    ),
    "needs_yes": (
        "Nobody is there to ask. Add --yes.",
        "Es ist niemand da, der gefragt werden kann. Fügen Sie --yes hinzu.",
    ),
    # Talking.
    "ask_token": ("Licence token: ", "Lizenz-Token: "),
    "no_token": ("No token was given. Nothing was changed.", "Es wurde kein Token angegeben. Nichts wurde geändert."),
    "paste": (
        "Paste the offline licence, from BEGIN to END. Ctrl-C aborts.",
        "Fügen Sie die Offline-Lizenz ein, von BEGIN bis END. Strg-C bricht ab.",
    ),
    "ask_install": ("Install this licence? [y/N] ", "Diese Lizenz installieren? [j/N] "),
    "ask_remove": (
        "Licences to remove: {count}. Remove them? [y/N] ",
        "Zu entfernende Lizenzen: {count}. Entfernen? [j/N] ",
    ),
    "ask_remove_token": (
        "Remove the token and everything retrieved with it? [y/N] ",
        "Das Token und alles damit Abgerufene entfernen? [j/N] ",
    ),
    "aborted": ("Aborted. Nothing was changed.", "Abgebrochen. Nichts wurde geändert."),
    "unknown_ids": (
        "There is no licence {ids}. Nothing was changed; `torhaus-licence list` shows what there is.",
        "Es gibt keine Lizenz {ids}. Nichts wurde geändert; `torhaus-licence list` zeigt, was es gibt.",
    ),
    "ask_release": (
        "Release seat {seat}? What it owns may be deleted by the product; `seats reassign` keeps it. [y/N] ",
        ("Platz {seat} freigeben? Was ihm gehört, löscht das Produkt vielleicht; `seats reassign` behält es. [j/N] "),
    ),
    "seat_assigned": ("Seat {seat} is assigned.", "Der Platz {seat} ist vergeben."),
    "seat_reassigned": ("Seat {seat} has a new holder.", "Der Platz {seat} hat einen neuen Inhaber."),
    "seat_extended": ("Seat {seat} ends on {day}.", "Der Platz {seat} endet am {day}."),
    "seat_stays": ("Seat {seat} does not end by itself.", "Der Platz {seat} endet nicht von selbst."),
    "seat_freed": ("Seat {seat} is free again.", "Der Platz {seat} ist wieder frei."),
    "seat_deletes": ("The product deletes what it owned.", "Was ihm gehörte, löscht das Produkt."),
    "no_seats": ("Nobody holds a seat.", "Niemand hat einen Platz."),
    "sent": ("Reported: {count}.", "Gemeldet: {count}."),
    "hint_activate": (
        "`torhaus-licence check --activate` takes a place for this machine.",
        "`torhaus-licence check --activate` belegt einen Platz für diesen Rechner.",
    ),
    # Pages.
    "error": ("Error: ", "Fehler: "),
    "note": ("Note: ", "Hinweis: "),
    "product": ("Product", "Produkt"),
    "server": ("Server", "Server"),
    "contract": ("Contract", "Vertrag"),
    "customer": ("customer", "Kunde"),
    "licence": ("Licence", "Lizenz"),
    "valid_until": ("Valid until", "Gültig bis"),
    "unlimited": ("without end", "unbefristet"),
    "days_left": ("{days} days left", "noch {days} Tage"),
    "day_left": ("1 day left", "noch 1 Tag"),
    "maintained_until": ("Updates until", "Updates bis"),
    "good_until": ("Goes on until", "Gilt weiter bis"),
    "without_contact": ("without contact", "ohne Kontakt"),
    "last_check": ("Last check", "Letzte Prüfung"),
    "never": ("never", "nie"),
    "retrieved": ("OK, {count} licences retrieved", "OK, {count} Lizenzen abgerufen"),
    "retrieved_one": ("OK, 1 licence retrieved", "OK, 1 Lizenz abgerufen"),
    "next_check": ("Next check", "Nächste Prüfung"),
    "token": ("Token", "Token"),
    "none": ("none", "keiner"),
    "installation": ("Installation", "Installation"),
    "limits": ("Limits", "Grenzen"),
    "of": ("{used} of {max}", "{used} von {max}"),
    "used_unlimited": ("{used}, no limit", "{used}, ohne Grenze"),
    "max_only": ("at most {max}", "höchstens {max}"),
    "no_limit": ("no limit", "ohne Grenze"),
    "features": ("Features", "Funktionen"),
    "trial": ("Trial", "Testphase"),
    "offer": ("Get an offer: {url}", "Angebot holen: {url}"),
    "waiting": ("Waiting", "Wartend"),
    "no_licences": (
        "No licences. Save a token and check it, or install an offline licence.",
        "Keine Lizenzen. Speichern und prüfen Sie ein Token, oder installieren Sie eine Offline-Lizenz.",
    ),
    "seat": ("Seat", "Platz"),
    "holder": ("Holder", "Inhaber"),
    "mail": ("Mail", "E-Mail"),
    "ends_on": ("Ends", "Endet"),
    "last_seen": ("Last seen", "Zuletzt gesehen"),
    "owned_bytes": ("Owned bytes", "Eigene Bytes"),
    "invited_bytes": ("Shared bytes", "Geteilte Bytes"),
    "second_factor": ("Second factor", "Zweiter Faktor"),
    "may_create_guests": ("May create guests", "Darf Gäste anlegen"),
    "yes": ("yes", "ja"),
    "no": ("no", "nein"),
    "booked": ("Booked", "Gebucht"),
    "used": ("Used", "Vergeben"),
    "invited": ("Invited", "Eingeladen"),
    "available": ("Available", "Verfügbar"),
    "over_by": ("Over by", "Zu viel"),
    "add_on": ("Add-on", "Add-on"),
    "quantity": ("Quantity", "Menge"),
    "starts_on": ("From", "Von"),
    "with_contract": ("with the contract", "mit dem Vertrag"),
    "upcoming": ("upcoming", "kommend"),
    "expired": ("expired", "abgelaufen"),
    "initiated": ("initiated", "eingeladen"),
    "active": ("active", "aktiv"),
    "package": ("Package", "Paket"),
    "term": ("Term", "Laufzeit"),
    "cancel_by": ("Cancel by", "Kündbar bis"),
    "education": ("Education terms", "Bildungskonditionen"),
    "id": ("Id", "Kennung"),
    "kind": ("Kind", "Art"),
    "created": ("Created", "Erstellt"),
    "from": ("From", "Von"),
    "state": ("State", "Stand"),
    "environment": ("Environment", "Umgebung"),
    "online": ("server", "Server"),
    "offline": ("file", "Datei"),
    "valid": ("valid", "gültig"),
    "not_valid": ("not valid", "nicht gültig"),
    "subscription": ("subscription", "Abonnement"),
    "evaluation": ("evaluation", "Testphase"),
    "perpetual": ("perpetual", "Kauflizenz"),
    "hosting": ("hosting", "Hosting"),
    "production": ("production", "Produktion"),
    "installations": ("installations", "Installationen"),
    "leases": ("places", "Plätze"),
    "fine": ("fine", "in Ordnung"),
    "near": ("mostly used", "größtenteils verbraucht"),
    "warn": ("nearly used up", "fast aufgebraucht"),
    "over": ("exceeded", "überschritten"),
}


def told(text: str, language: str, /, **values: Any) -> str:
    """Give a text of the command in ``language`` (de or en)."""
    found = _plain(text, language)
    return found.format(**values) if values else found


def word(name: str, language: str) -> str:
    """Give the word for a value such as a kind, or the value itself where there is none."""
    return _plain(name, language) if name in _TEXTS else name


def _plain(name: str, language: str) -> str:
    return _TEXTS[name][1 if language == "de" else 0]
