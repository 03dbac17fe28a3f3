"""What people are told about seats, by the code of the refusal: code → (English, German)."""

SEAT_TEXTS: dict[str, tuple[str, str]] = {
    "seat_refused": (
        "The seat could not be changed. Load the list of holders again, and try once more.",
        "Der Platz konnte nicht geändert werden. Laden Sie die Liste der Inhaber neu und versuchen Sie es noch einmal.",
    ),
    "no_free_seat": (
        "All seats of the kind “{about}” are in use. Release or reassign one, or book more.",
        "Alle Plätze der Art „{about}“ sind vergeben. Geben Sie einen frei, vergeben Sie einen neu oder buchen Sie hinzu.",
    ),
    "unknown_seat_kind": (
        "There is no kind of seat “{about}”. Ask the vendor's support which ones your contract has.",
        "Es gibt keine Platzart „{about}“. Fragen Sie den Support des Herstellers, welche Ihr Vertrag hat.",
    ),
    "seat_unknown": (
        "There is no seat “{about}” in this contract. Load the list of holders again.",
        "In diesem Vertrag gibt es keinen Platz „{about}“. Laden Sie die Liste der Inhaber neu.",
    ),
    "seat_released": (
        "The seat “{about}” was released; nobody holds it any more. Assign a new one.",
        "Der Platz „{about}“ wurde freigegeben; niemand hat ihn mehr. Vergeben Sie einen neuen.",
    ),
    "seat_holder_unfit": (
        "A person needs a mail address; a thing, such as a data room, needs a name. Complete the details.",
        "Eine Person braucht eine E-Mail-Adresse, ein Ding wie ein Datenraum einen Namen. Ergänzen Sie die Angaben.",
    ),
    "seat_mail_taken": (
        "This mail address has the seat “{about}” of this kind already. Use that one, or enter another address.",
        (
            "Diese E-Mail-Adresse hat schon den Platz „{about}“ dieser Art. Nutzen Sie diesen, oder geben Sie eine andere "
            "Adresse ein."
        ),
    ),
    "seat_not_convertible": (
        "This mail address holds the seat “{about}”, of a kind that does not become this one. Release it first.",
        "Diese E-Mail-Adresse hat den Platz „{about}“, aus dem dieser nicht werden kann. Geben Sie jenen zuerst frei.",
    ),
    "seat_second_factor": (
        "The holder of the seat “{about}” has a second factor. Have it removed, then give the seat to somebody else.",
        "Der Inhaber des Platzes „{about}“ hat einen zweiten Faktor. Lassen Sie ihn entfernen, übertragen Sie dann.",
    ),
    "seat_guests_not_allowed": (
        "This user may create no guests (seat “{about}”). An administrator can permit it in the customer portal.",
        (
            "Dieser Benutzer darf keine Gäste anlegen (Platz „{about}“). Ein Administrator kann es im Kundenportal erlauben."
        ),
    ),
    "seat_end_passed": (
        "The last day lies in the past. Choose today or a later day.",
        "Der letzte Tag liegt in der Vergangenheit. Wählen Sie heute oder einen späteren Tag.",
    ),
    "cursor_unknown": (
        "The portal does not know how far this product has read. Read all seats anew and begin with the first change.",
        (
            "Das Portal kennt nicht, wie weit dieses Produkt gelesen hat. Lesen Sie alle Plätze neu und beginnen Sie "
            "mit der ersten Änderung."
        ),
    ),
    "licence_not_started": (
        "The contract has not begun yet. Try again on its first day.",
        "Der Vertrag hat noch nicht begonnen. Versuchen Sie es an seinem ersten Tag noch einmal.",
    ),
    "forbidden": (
        "This licence token may not do that. Ask the vendor's support.",
        "Dieses Lizenz-Token darf das nicht. Fragen Sie den Support des Herstellers.",
    ),
}
