"""The texts themselves: code → (English, German)."""

MESSAGE_TEXTS: dict[str, tuple[str, str]] = {
    "unknown_code": (
        "The licence server said “{code}”. Update the product, or ask the vendor's support.",
        "Der Lizenzserver meldet „{code}“. Aktualisieren Sie das Produkt oder fragen Sie den Support des Herstellers.",
    ),
    # Before there is an answer.
    "token_missing": (
        "No licence token is saved. Copy it from the portal and save it here.",
        "Es ist kein Lizenz-Token gespeichert. Kopieren Sie es aus dem Portal und speichern Sie es hier.",
    ),
    "token_malformed": (
        "This is not a licence token: it is incomplete or mistyped. Copy it again from the portal, as a whole.",
        (
            "Das ist kein Lizenz-Token: Es ist unvollständig oder vertippt. Kopieren Sie es noch einmal ganz aus dem "
            "Portal."
        ),
    ),
    "token_invalid": (
        (
            "The server does not accept this licence token: it is unknown, has expired or was revoked. "
            "Have a new one issued in the portal and save it here."
        ),
        (
            "Der Server nimmt dieses Lizenz-Token nicht an: Es ist unbekannt, abgelaufen oder widerrufen. "
            "Lassen Sie im Portal ein neues ausstellen und speichern Sie es hier."
        ),
    ),
    "not_checked": (
        (
            "The licence token is saved but was not checked yet. Check it now; without a connection install an offline "
            "licence."
        ),
        (
            "Das Lizenz-Token ist gespeichert, aber noch nicht geprüft. Prüfen Sie es jetzt; ohne Verbindung "
            "installieren Sie eine Offline-Lizenz."
        ),
    ),
    "answer_expired": (
        (
            "The last answer of the licence server counted until {until}. Check again; without a connection install an "
            "offline licence."
        ),
        (
            "Die letzte Antwort des Lizenzservers galt bis {until}. Prüfen Sie erneut; ohne Verbindung installieren Sie "
            "eine Offline-Lizenz."
        ),
    ),
    "file_expired_since": (
        "The offline licence could be used until {until}. Fetch a new one from the portal and install it.",
        "Die Offline-Lizenz war bis {until} nutzbar. Holen Sie im Portal eine neue und installieren Sie sie.",
    ),
    "offline_needs_both": (
        "Without a connection two things are needed, both from the portal: the licence token and the offline licence.",
        "Ohne Verbindung wird zweierlei aus dem Portal gebraucht: das Lizenz-Token und die Offline-Lizenz.",
    ),
    "clock_set_back": (
        (
            "The clock of this machine shows {shown}, but it was {seen} already. Set it right, check the licence while "
            "the server can be reached, or install a new offline licence from the portal."
        ),
        (
            "Die Uhr dieses Rechners zeigt {shown}, es war aber schon {seen}. Stellen Sie sie richtig, prüfen Sie die "
            "Lizenz, während der Server erreichbar ist, oder installieren Sie eine neue Offline-Lizenz aus dem Portal."
        ),
    ),
    "clock_differs": (
        "The clock of this machine differs from the server's by {minutes} minutes. Set it right.",
        "Die Uhr dieses Rechners weicht um {minutes} Minuten von der des Servers ab. Stellen Sie sie richtig.",
    ),
    # The server is away.
    "server_unreachable_dns": (
        (
            "The licence server {host} was not found: its name cannot be resolved. Check the address and the name server "
            "(DNS) of this machine."
        ),
        (
            "Der Lizenzserver {host} wurde nicht gefunden: Der Name lässt sich nicht auflösen. Prüfen Sie die Adresse und "
            "den Nameserver (DNS) dieses Rechners."
        ),
    ),
    "server_unreachable_refused": (
        (
            "The licence server {host} refused the connection. Check address and port; perhaps it is being restarted or a "
            "firewall stands between."
        ),
        (
            "Der Lizenzserver {host} hat die Verbindung abgelehnt. Prüfen Sie Adresse und Port; vielleicht startet er "
            "gerade neu, oder eine Firewall steht dazwischen."
        ),
    ),
    "server_unreachable_network": (
        "The connection to the licence server {host} broke off. Check the network of this machine and try again.",
        (
            "Die Verbindung zum Lizenzserver {host} ist abgebrochen. Prüfen Sie das Netz dieses Rechners und versuchen Sie "
            "es erneut."
        ),
    ),
    "server_unreachable_timeout": (
        "The licence server {host} did not answer in time. Try again later; perhaps a firewall stands between.",
        (
            "Der Lizenzserver {host} hat nicht rechtzeitig geantwortet. Versuchen Sie es später erneut; vielleicht steht "
            "eine Firewall dazwischen."
        ),
    ),
    "server_unreachable_tls": (
        (
            "There is no trusted encrypted connection to {host}: its certificate is not accepted. Check the clock of this "
            "machine, and whether a proxy replaces certificates."
        ),
        (
            "Zu {host} kommt keine vertrauenswürdige verschlüsselte Verbindung zustande: Das Zertifikat wird nicht "
            "angenommen. Prüfen Sie die Uhr dieses Rechners und ob ein Proxy Zertifikate austauscht."
        ),
    ),
    "server_unreachable_proxy": (
        (
            "The proxy did not lead to the licence server {host}. Check the proxy's address and sign-in, and whether it "
            "lets {host} through."
        ),
        (
            "Der Proxy hat nicht zum Lizenzserver {host} geführt. Prüfen Sie Adresse und Anmeldung des Proxys und ob er "
            "{host} durchlässt."
        ),
    ),
    "server_unreachable_redirected": (
        (
            "{host} sends this product to another address ({to}). That is not followed, because the licence token must "
            "not go there. Correct the server's address."
        ),
        (
            "{host} verweist dieses Produkt an eine andere Adresse ({to}). Dem wird nicht gefolgt, weil das Lizenz-Token "
            "nicht dorthin gehört. Berichtigen Sie die Adresse des Servers."
        ),
    ),
    "server_unreachable_server_error": (
        "The licence server {host} has a fault just now ({status}). Try again later.",
        "Der Lizenzserver {host} ist gerade gestört ({status}). Versuchen Sie es später erneut.",
    ),
    "server_unreachable_not_torhaus": (
        (
            "Something answers at {host}, but it is not a licence server. Check the address; perhaps a sign-in page of the "
            "network stands between."
        ),
        (
            "Unter {host} antwortet etwas, aber kein Lizenzserver. Prüfen Sie die Adresse; vielleicht steht eine "
            "Anmeldeseite des Netzes dazwischen."
        ),
    ),
    "server_unreachable_too_many_requests": (
        "The licence server was asked too often. Try again in {seconds} seconds.",
        "Der Lizenzserver wurde zu oft gefragt. Versuchen Sie es in {seconds} Sekunden erneut.",
    ),
    "grace_runs": (
        "What was licensed last counts until {until}.",
        "Was zuletzt lizenziert war, gilt bis {until}.",
    ),
    "token_refused": (
        (
            "The server no longer accepts the saved licence token. What was licensed last counts until {until}: have a "
            "new token issued in the portal and save it here before then."
        ),
        (
            "Der Server nimmt das gespeicherte Lizenz-Token nicht mehr an. Was zuletzt lizenziert war, gilt bis {until}: "
            "Lassen Sie vorher im Portal ein neues ausstellen und speichern Sie es hier."
        ),
    ),
    # The answer is not to be relied on.
    "answer_unsigned": (
        "The answer is not signed as it should be and is not used. If this goes on, tell the vendor's support.",
        (
            "Die Antwort ist nicht richtig signiert und wird nicht verwendet. Bleibt das so, wenden Sie sich an den "
            "Support des Herstellers."
        ),
    ),
    "answer_unknown_key": (
        (
            "The answer is signed with a key this product does not trust, and no trusted key vouches for it. "
            "Update the product."
        ),
        (
            "Die Antwort ist mit einem Schlüssel signiert, dem dieses Produkt nicht vertraut und für den kein bekannter "
            "Schlüssel bürgt. Aktualisieren Sie das Produkt."
        ),
    ),
    "answer_replayed": (
        (
            "The answer does not belong to this question: it was recorded earlier. It is not used. Try again; if this goes "
            "on, something stands between this product and the server."
        ),
        (
            "Die Antwort gehört nicht zu dieser Frage: Sie wurde früher aufgezeichnet. Sie wird nicht verwendet. Versuchen "
            "Sie es erneut; bleibt es so, steht etwas zwischen diesem Produkt und dem Server."
        ),
    ),
    "answer_of_other_product": (
        "The answer is for another product and is not used. Check address and licence token.",
        "Die Antwort gilt einem anderen Produkt und wird nicht verwendet. Prüfen Sie Adresse und Lizenz-Token.",
    ),
    "answer_of_other_installation": (
        "The answer is for another installation and is not used. Try again.",
        "Die Antwort gilt einer anderen Installation und wird nicht verwendet. Versuchen Sie es erneut.",
    ),
    "answer_times": (
        "The times in the server's answer cannot be. It is not used; tell the vendor's support.",
        (
            "Die Zeiten in der Antwort des Servers sind nicht möglich. Sie wird nicht verwendet; wenden Sie sich an den "
            "Support des Herstellers."
        ),
    ),
    # Offline licences.
    "file_malformed": (
        "This is not an offline licence, or it is damaged. Copy it again as a whole, from BEGIN to END.",
        "Das ist keine Offline-Lizenz, oder sie ist beschädigt. Kopieren Sie sie noch einmal ganz, von BEGIN bis END.",
    ),
    "file_wrong_type": (
        "This is signed, but not an offline licence. Copy the offline licence from the portal.",
        "Das ist signiert, aber keine Offline-Lizenz. Kopieren Sie die Offline-Lizenz aus dem Portal.",
    ),
    "file_wrong_algorithm": (
        "The offline licence asks for another kind of signature and is not used. Fetch a new one from the portal.",
        (
            "Die Offline-Lizenz verlangt eine andere Art von Signatur und wird nicht verwendet. Holen Sie im Portal eine "
            "neue."
        ),
    ),
    "file_unknown_key": (
        (
            "The offline licence is signed with a key this product does not know. Check once while connected, or update "
            "the product."
        ),
        (
            "Die Offline-Lizenz ist mit einem Schlüssel signiert, den dieses Produkt nicht kennt. Prüfen Sie einmal mit "
            "Verbindung, oder aktualisieren Sie das Produkt."
        ),
    ),
    "file_bad_signature": (
        "The offline licence was changed: its signature does not fit. Copy it again from the portal, unchanged.",
        (
            "Die Offline-Lizenz wurde verändert: Ihre Signatur passt nicht. Kopieren Sie sie noch einmal unverändert aus "
            "dem Portal."
        ),
    ),
    "file_unsupported_version": (
        "The offline licence is written in a newer format. Update the product.",
        "Die Offline-Lizenz hat ein neueres Format. Aktualisieren Sie das Produkt.",
    ),
    "file_wrong_audience": (
        "The offline licence is for another product. Fetch the one for this product.",
        "Die Offline-Lizenz ist für ein anderes Produkt. Holen Sie die für dieses Produkt.",
    ),
    "file_not_yet_valid": (
        "The offline licence begins later. Check the clock of this machine.",
        "Die Offline-Lizenz beginnt erst später. Prüfen Sie die Uhr dieses Rechners.",
    ),
    "file_expired": (
        "The offline licence can no longer be installed: its time is over. Fetch a new one from the portal.",
        "Die Offline-Lizenz lässt sich nicht mehr installieren: Ihre Zeit ist um. Holen Sie im Portal eine neue.",
    ),
    "file_wrong_token": (
        "The offline licence does not belong to the saved licence token. Use both of one and the same contract.",
        "Die Offline-Lizenz gehört nicht zum gespeicherten Lizenz-Token. Verwenden Sie beide von demselben Vertrag.",
    ),
    "file_wrong_machine": (
        (
            "The offline licence is bound to another machine. In the portal, under “Offline licence & token”, have one "
            "issued for this one: `torhaus-licence machine` shows the code that it asks for."
        ),
        (
            "Die Offline-Lizenz ist an einen anderen Rechner gebunden. Lassen Sie im Portal unter „Offline-Lizenz & Token“ "
            "eine für diesen ausstellen: `torhaus-licence machine` zeigt den Code, nach dem es fragt."
        ),
    ),
    "file_superseded": (
        "A newer offline licence is installed already. To go back to this one, remove the newer one first.",
        (
            "Es ist schon eine neuere Offline-Lizenz installiert. Um zu dieser zurückzukehren, entfernen Sie zuerst die "
            "neuere."
        ),
    ),
    "file_revoked": (
        "This offline licence was taken back by the vendor. Fetch a new one from the portal.",
        "Diese Offline-Lizenz wurde vom Hersteller zurückgenommen. Holen Sie im Portal eine neue.",
    ),
    "file_unreadable": (
        "The file cannot be read. Check its name and whether this product may read it.",
        "Die Datei lässt sich nicht lesen. Prüfen Sie ihren Namen und ob dieses Produkt sie lesen darf.",
    ),
    # The state file.
    "state_unreadable": (
        "The licence state {path} cannot be read. Until that is put right, it is only kept in memory.",
        "Der Lizenzstand {path} lässt sich nicht lesen. Bis das behoben ist, wird er nur im Speicher gehalten.",
    ),
    "state_damaged": (
        "The licence state {path} was damaged and is laid aside. Save the licence token again and check it.",
        (
            "Der Lizenzstand {path} war beschädigt und wurde beiseitegelegt. Speichern Sie das Lizenz-Token neu und prüfen "
            "Sie es."
        ),
    ),
    "state_unwritable": (
        (
            "The licence state {path} cannot be written. Changes are lost when the product ends: make the folder writable "
            "and free some space."
        ),
        (
            "Der Lizenzstand {path} lässt sich nicht schreiben. Änderungen gehen beim Beenden des Produkts verloren: Machen "
            "Sie den Ordner beschreibbar und schaffen Sie Platz."
        ),
    ),
    "state_newer": (
        "The licence state {path} was written by a newer version of the product and is left alone. Update the product.",
        (
            "Der Lizenzstand {path} stammt von einer neueren Version des Produkts und bleibt unberührt. Aktualisieren Sie "
            "das Produkt."
        ),
    ),
}
