"""What each code of an answer means to the people at the product: code → (English, German)."""

CODE_TEXTS: dict[str, tuple[str, str]] = {
    "valid": ("The licence is valid.", "Die Lizenz ist gültig."),
    "not_licensed": (
        "This is not licensed. Check the licence, or ask whoever manages your contract.",
        "Das ist nicht lizenziert. Prüfen Sie die Lizenz, oder fragen Sie, wer bei Ihnen den Vertrag verwaltet.",
    ),
    "suspended": (
        "The contract is suspended. Whoever manages it can see in the portal what is open.",
        "Der Vertrag ist gesperrt. Wer ihn verwaltet, sieht im Portal, was offen ist.",
    ),
    "not_started": ("The licence has not begun yet.", "Die Lizenz hat noch nicht begonnen."),
    "product_not_licensed": (
        "The contract of this licence token does not include this product. Use the token of the right contract.",
        "Der Vertrag dieses Lizenz-Tokens umfasst dieses Produkt nicht. Verwenden Sie das Token des richtigen Vertrags.",
    ),
    "nothing_booked": (
        "Nothing is booked in this contract now. Book a plan in the portal.",
        "In diesem Vertrag ist derzeit nichts gebucht. Buchen Sie im Portal einen Plan.",
    ),
    "expired": (
        "The licence has ended. Renew it in the portal, then check again.",
        "Die Lizenz ist abgelaufen. Verlängern Sie sie im Portal und prüfen Sie dann erneut.",
    ),
    "edition_mismatch": (
        "The licence is for another edition of this product.",
        "Die Lizenz gilt für eine andere Edition dieses Produkts.",
    ),
    "environment_required": (
        "The licence asks what this installation is for. Set its environment.",
        "Die Lizenz verlangt die Angabe, wofür diese Installation dient. Stellen Sie ihre Umgebung ein.",
    ),
    "environment_not_allowed": (
        "The licence does not allow this environment.",
        "Die Lizenz erlaubt diese Umgebung nicht.",
    ),
    "version_required": (
        "The licence asks for the version of the product, and it was not told.",
        "Die Lizenz verlangt die Version des Produkts; sie wurde nicht angegeben.",
    ),
    "version_not_allowed": (
        "The licence does not cover this version of the product. Install a version it covers.",
        "Die Lizenz deckt diese Version des Produkts nicht ab. Installieren Sie eine Version, die sie abdeckt.",
    ),
    "version_not_maintained": (
        "This version was published after your maintenance ended. Renew the maintenance, or use an earlier version.",
        (
            "Diese Version erschien nach dem Ende Ihrer Softwarepflege. Verlängern Sie sie, oder nutzen Sie eine frühere "
            "Version."
        ),
    ),
    "checksum_required": (
        "The licence asks for the product's checksum, and it was not told.",
        "Die Lizenz verlangt die Prüfsumme des Produkts; sie wurde nicht angegeben.",
    ),
    "checksum_mismatch": (
        "The product's files are not the ones that are licensed. Install it anew.",
        "Die Dateien des Produkts sind nicht die lizenzierten. Installieren Sie es neu.",
    ),
    "installation_required": (
        "This installation is not activated yet. Activate it.",
        "Diese Installation ist noch nicht aktiviert. Aktivieren Sie sie.",
    ),
    "installation_unknown": (
        "The server does not know this installation. Activate it again.",
        "Der Server kennt diese Installation nicht. Aktivieren Sie sie erneut.",
    ),
    "installation_removed": (
        "This installation was removed in the portal. If it is still to be used, activate it again.",
        "Diese Installation wurde im Portal entfernt. Soll sie weiter genutzt werden, aktivieren Sie sie erneut.",
    ),
    "fingerprint_required": (
        "The licence is bound to a machine, and this one was not told.",
        "Die Lizenz ist an einen Rechner gebunden; dieser wurde nicht angegeben.",
    ),
    "fingerprint_mismatch": (
        "The licence is activated on another machine. Activate this one; remove the old one in the portal if need be.",
        (
            "Die Lizenz ist auf einem anderen Rechner aktiviert. Aktivieren Sie diesen; entfernen Sie den alten "
            "nötigenfalls im Portal."
        ),
    ),
    "too_many_installations": (
        "All installations of the licence are taken. Remove one in the portal, or book more.",
        "Alle Installationen der Lizenz sind belegt. Entfernen Sie eine im Portal, oder buchen Sie weitere.",
    ),
    "lease_required": (
        "The licence is shared, and this installation has not taken a place yet.",
        "Die Lizenz wird geteilt; diese Installation hat noch keinen Platz belegt.",
    ),
    "lease_expired": (
        "This installation's place in the shared licence has run out. It is taken again with the next contact.",
        (
            "Der Platz dieser Installation in der geteilten Lizenz ist abgelaufen. Er wird beim nächsten Kontakt neu "
            "belegt."
        ),
    ),
    "too_many_leases": (
        "All places of the shared licence are in use. Close the product elsewhere, or book more.",
        (
            "Alle Plätze der geteilten Lizenz sind in Benutzung. Beenden Sie das Produkt anderswo, oder buchen Sie "
            "weitere."
        ),
    ),
    "feature_missing": (
        "“{feature}” is not part of the licence. Book it in the portal, then check the licence here.",
        "„{feature}“ gehört nicht zur Lizenz. Buchen Sie es im Portal und prüfen Sie dann hier die Lizenz.",
    ),
    "allowance_exceeded": (
        "More is used than is booked. Use less, or book more in the portal.",
        "Es wird mehr genutzt als gebucht ist. Nutzen Sie weniger, oder buchen Sie im Portal mehr.",
    ),
    "in_grace": (
        "The licence has ended; it can be used a little longer. Renew it in the portal.",
        "Die Lizenz ist abgelaufen und nur noch eine Weile nutzbar. Verlängern Sie sie im Portal.",
    ),
    "fallback": (
        "The licence has ended; this version can be used on, newer ones cannot.",
        "Die Lizenz ist abgelaufen; diese Version bleibt nutzbar, neuere nicht.",
    ),
    "overage": (
        "More is used than is booked, and that is tolerated. Book more in the portal.",
        "Es wird mehr genutzt als gebucht ist; das wird geduldet. Buchen Sie im Portal mehr.",
    ),
    "ends_soon": (
        "The licence ends soon. Renew it in the portal.",
        "Die Lizenz endet bald. Verlängern Sie sie im Portal.",
    ),
    "allowance_near": (
        "What is booked is nearly used up. Book more in the portal in good time.",
        "Das Gebuchte ist fast aufgebraucht. Buchen Sie im Portal rechtzeitig mehr.",
    ),
    "check_overdue": (
        "The server was not asked for a long time. Check the licence.",
        "Der Server wurde lange nicht gefragt. Prüfen Sie die Lizenz.",
    ),
    # What to tell after something went well, and what comes next.
    "token_saved": (
        (
            "The licence token {token} is saved. It licenses nothing before it is checked: check it now, or install an "
            "offline licence."
        ),
        (
            "Das Lizenz-Token {token} ist gespeichert. Es lizenziert erst etwas, wenn es geprüft ist: Prüfen Sie es jetzt, "
            "oder installieren Sie eine Offline-Lizenz."
        ),
    ),
    "token_removed": (
        "The licence token and all that was retrieved with it are removed.",
        "Das Lizenz-Token und alles, was mit ihm abgerufen wurde, sind entfernt.",
    ),
    "check_succeeded": (
        "The licence was checked: {licences} licences retrieved.",
        "Die Lizenz wurde geprüft: {licences} Lizenzen abgerufen.",
    ),
    "check_succeeded_one": (
        "The licence was checked: 1 licence retrieved.",
        "Die Lizenz wurde geprüft: 1 Lizenz abgerufen.",
    ),
    "tell_users": (
        "Ask all users to log out and in again.",
        "Bitten Sie alle Benutzer, sich ab- und wieder anzumelden.",
    ),
    "file_installed": (
        "The offline licence is installed and can be used until {until}.",
        "Die Offline-Lizenz ist installiert und bis {until} nutzbar.",
    ),
    "licences_removed": ("Licences removed: {count}.", "Entfernte Lizenzen: {count}."),
    "activated": ("This installation is activated.", "Diese Installation ist aktiviert."),
    "deactivated": (
        "This installation is deactivated; its place is free again.",
        "Diese Installation ist deaktiviert; ihr Platz ist wieder frei.",
    ),
    "usage_waits": (
        "Readings of usage that wait until the server can be reached: {count}.",
        "Zählerstände, die warten, bis der Server erreichbar ist: {count}.",
    ),
    "usage_dropped": (
        "Readings of usage that could not be reported and were given up: {count}.",
        "Zählerstände, die nicht gemeldet werden konnten und verworfen wurden: {count}.",
    ),
    "trial_hint": (
        "This is a trial. It ends on {until}; days left: {days}.",
        "Dies ist eine Testphase. Sie endet am {until}; verbleibende Tage: {days}.",
    ),
}
