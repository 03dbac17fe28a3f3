"""The texts of the product: English and German."""

TEXTS = {
    "title": ("Data room", "Datenraum"),
    "boxes": ("Boxes", "Boxen"),
    "users": ("Users", "Benutzer"),
    "rooms": ("Data rooms", "Datenräume"),
    "settings": ("Company settings", "Unternehmensweite Einstellungen"),
    "account": ("Account", "Konto"),
    "price_plan": ("Price plan", "Preisplan"),
    "package": ("Package", "Paket"),
    "term": ("Term", "Laufzeit"),
    "without_end": ("without end", "unbefristet"),
    "cancel_by": ("Last day to cancel", "Letzter Kündigungstag"),
    "kind": ("Licence", "Lizenz"),
    "booked": ("Booked", "Gebucht"),
    "used": ("Used", "Verbraucht"),
    "book_more": ("Book more", "Nachbuchen"),
    "invited": ("Invited", "Eingeladen"),
    "available": ("Available", "Verfügbar"),
    "storage": ("Storage of own boxes", "Speicher eigener Boxen"),
    "bytes": ("bytes", "Bytes"),
    "name": ("Name", "Name"),
    "mail": ("Mail", "E-Mail"),
    "new_mail": ("New mail address", "Neue E-Mail-Adresse"),
    "owner": ("Owner", "Inhaber"),
    "size": ("Size", "Größe"),
    "nobody": ("nobody any more", "niemand mehr"),
    "assign": ("Assign", "Vergeben"),
    "reassign": ("Reassign", "Neu zuweisen"),
    "release": ("Delete user", "Benutzer löschen"),
    "add_box": ("Add box", "Box anlegen"),
    "add_room": ("Create data room", "Datenraum anlegen"),
    "add_file": ("Upload file", "Datei hochladen"),
    "owned": ("Own bytes (shared by others)", "Eigene Bytes (von anderen geteilte)"),
    "add_factor": ("Set up second factor", "Zweiten Faktor einrichten"),
    "has_factor": ("Signs in with a second factor.", "Meldet sich mit zweitem Faktor an."),
    "guests": ("My guests", "Meine Gäste"),
    "guests_of": ("Guests of", "Gäste von"),
    "add_guest": ("Add guest", "Gast anlegen"),
    "no_guests": (
        "You may create no guests. Ask your administrator to permit it.",
        "Sie dürfen keine Gäste anlegen. Bitten Sie Ihren Administrator, es zu erlauben.",
    ),
    "sign_in": ("Sign in", "Anmelden"),
    "signed_out": ("You are not signed in.", "Sie sind nicht angemeldet."),
    "sure": ("Yes, delete", "Ja, löschen"),
    "loses": (
        "All boxes of this user are deleted for good. To keep them, reassign the licence instead.",
        "Alle Boxen dieses Benutzers werden endgültig gelöscht. Um sie zu behalten, vergeben Sie die Lizenz neu.",
    ),
    "keeps": (
        "The licence becomes free. The files of this guest stay.",
        "Die Lizenz wird frei. Die Dateien dieses Gastes bleiben.",
    ),
    "not_there": ("There is nothing here.", "Hier gibt es nichts."),
    "foreign": (
        "This form came from another site. Open the page anew.",
        "Dieses Formular kam von einer anderen Seite. Öffnen Sie die Seite neu.",
    ),
    "other": ("Deutsch", "English"),
}


def text(name: str, language: str) -> str:
    """Give a text in a language (de or en)."""
    return TEXTS[name][1 if language == "de" else 0]
