"""The demo vendor's help articles: six that the users of its product would look for, in German and English."""

from dataclasses import dataclass

from torhaus.core.texts import Texts


@dataclass(frozen=True)
class DemoArticle:
    """An article and, by their slugs, those it leads to."""

    slug: str
    title: Texts
    body: Texts
    related: tuple[str, ...] = ()


_INSTALL_DE = """\
Sie brauchen einen Server mit Debian 12 oder 13, 2 Kernen, 4 GB Arbeitsspeicher und 20 GB Platz, dazu das Paket \
**Installation** von der Seite *Downloads*.

1. Prüfen Sie die Datei, bevor Sie sie ausführen. Die Prüfsumme steht neben dem Download:

   ```
   sha256sum acme-cmdb-34.1-installation.zip
   ```

2. Entpacken Sie das Paket und starten Sie die Einrichtung:

   ```
   unzip acme-cmdb-34.1-installation.zip -d /opt/acme-cmdb
   sudo /opt/acme-cmdb/setup
   ```

3. Öffnen Sie die Adresse, die die Einrichtung am Ende nennt, und legen Sie das erste Konto an.
4. Tragen Sie Ihre Lizenz ein.

# Wenn es klemmt

| Meldung | Abhilfe |
|---|---|
| `port 443 in use` | Ein anderer Webserver läuft. Beenden Sie ihn, oder wählen Sie mit `--port` einen anderen Anschluss. |
| `database too old` | Es wird PostgreSQL 15 oder neuer gebraucht. |
| `no space left` | Unter `/var/lib` müssen 20 GB frei sein. |
"""
_INSTALL_EN = """\
You need a server with Debian 12 or 13, 2 cores, 4 GB of memory and 20 GB of space, and the package **Installation** \
from the page *Downloads*.

1. Check the file before you run it. Its checksum stands beside the download:

   ```
   sha256sum acme-cmdb-34.1-installation.zip
   ```

2. Unpack it and start the set-up:

   ```
   unzip acme-cmdb-34.1-installation.zip -d /opt/acme-cmdb
   sudo /opt/acme-cmdb/setup
   ```

3. Open the address that the set-up names at its end, and create the first account.
4. Enter your licence.

# If it gets stuck

| Message | Remedy |
|---|---|
| `port 443 in use` | Another web server is running. Stop it, or choose another port with `--port`. |
| `database too old` | PostgreSQL 15 or newer is needed. |
| `no space left` | `/var/lib` needs 20 GB of free space. |
"""
_UPDATE_DE = """\
Planen Sie eine halbe Stunde ein. Während des Updates kann niemand arbeiten.

1. **Sichern Sie** Datenbank und Dateien.
2. Lesen Sie die Hinweise zur Version auf der Seite *Downloads*. Dort steht auch, von welcher Version aus Sie \
aktualisieren können. Aus älteren Versionen gehen Sie in zwei Schritten.
3. Laden Sie das Paket **Update** und prüfen Sie die Prüfsumme.
4. Spielen Sie es ein:

   ```
   sudo /opt/acme-cmdb/update acme-cmdb-34.1-update.zip
   ```

5. Melden Sie sich an und sehen Sie unter *Verwaltung → Zustand* nach, ob alle Prüfungen grün sind.

Bricht das Update ab, bleibt die alte Version in Betrieb. Schicken Sie uns dann bitte die Datei \
`/var/log/acme-cmdb/update.log` mit Ihrer Frage.
"""
_UPDATE_EN = """\
Set half an hour aside. Nobody can work during the update.

1. **Back up** the database and the files.
2. Read the notes of the version on the page *Downloads*. They also say from which version you can update. From older \
ones you go in two steps.
3. Download the package **Update** and check its checksum.
4. Install it:

   ```
   sudo /opt/acme-cmdb/update acme-cmdb-34.1-update.zip
   ```

5. Sign in and look under *Administration → Health* whether all checks are green.

If the update stops, the old version stays in use. Then please send us the file `/var/log/acme-cmdb/update.log` with your \
question.
"""
_LICENCE_DE = """\
Acme CMDB kennt zwei Wege:

- **Mit Internet:** Tragen Sie das *Lizenz-Token* ein. Das Programm holt sich die Lizenz selbst und verlängert sie.
- **Ohne Internet:** Laden Sie unter *Offline-Lizenz & Token* die *Offline-Lizenz* und fügen Sie den ganzen Text ein, \
von der Zeile mit `BEGIN` bis zu der mit `END`.

Beides steht unter *Verwaltung → Lizenz*.

# Häufige Fragen

**Die Offline-Lizenz wird abgelehnt.** Meist fehlt die erste oder die letzte Zeile, oder sie ist für eine andere \
Installation. Laden Sie sie neu und fügen Sie sie unverändert ein.

**Die Lizenz läuft ab.** Eine Offline-Lizenz gilt begrenzt. Laden Sie rechtzeitig eine neue; gearbeitet wird weiter.

**Das Token ist verloren.** Setzen Sie es im Portal zurück. Das alte hört auf zu gelten, sobald Sie es sagen.
"""
_LICENCE_EN = """\
Acme CMDB knows two ways:

- **With internet access:** enter the *licence token*. The program fetches its licence and renews it by itself.
- **Without:** download the *offline licence* under *Offline licence & token* and paste the whole text, from the line with \
`BEGIN` to the one with `END`.

Both are entered under *Administration → Licence*.

# Frequent questions

**The offline licence is refused.** Usually the first or the last line is missing, or it is for another installation. \
Download it again and paste it unchanged.

**The licence runs out.** An offline licence is valid for a limited time. Download a new one in time; work goes on.

**The token is lost.** Reset it in the portal. The old one stops working when you say so.
"""
_CSV_DE = """\
Unter *Objekte → Importieren* liest Acme CMDB Dateien mit Trennzeichen.

- Speichern Sie die Tabelle als **CSV UTF-8**. Sonst werden Umlaute wie `ä` und `ß` falsch gelesen.
- Die erste Zeile nennt die Spalten. `name` und `typ` müssen da sein.
- Eine Spalte `kennung` macht aus einem zweiten Import eine Änderung: Zeilen mit bekannter Kennung werden \
aktualisiert, alle anderen neu angelegt.

```
kennung;name;typ;standort
SRV-001;db-master;Server;Düsseldorf
SRV-002;db-replik;Server;Köln
```

Der **Probelauf** zeigt vorher, was sich ändern würde. Ein Import, der in einer Zeile scheitert, ändert nichts.
"""
_CSV_EN = """\
*Objects → Import* reads files with separators.

- Save the table as **CSV UTF-8**. Letters such as `ä` and `ß` are misread otherwise.
- The first line names the columns. `name` and `type` have to be there.
- A column `key` turns a second import into a change: rows with a known key are updated, all others are created.

```
key;name;type;site
SRV-001;db-master;Server;Dusseldorf
SRV-002;db-replica;Server;Cologne
```

The **trial run** shows before what would change. An import that fails in one line changes nothing.
"""
_COUNT_DE = """\
Ihr Plan enthält eine Zahl von Objekten. Gezählt wird, was *lizenzpflichtig* ist:

- Server, Clients, Netzwerkgeräte, Drucker, Telefone und virtuelle Maschinen zählen.
- Standorte, Räume, Schränke, Personen, Verträge und Dokumente zählen **nicht**.
- Archivierte Objekte zählen nicht, gelöschte ab dem nächsten Tag nicht mehr.

Den Verbrauch sehen Sie im Portal auf dem *Dashboard* und im Programm unter *Verwaltung → Lizenz*. Ab 80 % weisen \
wir darauf hin. Ist die Grenze erreicht, lassen sich keine neuen Objekte anlegen; was da ist, bleibt in jedem Fall \
lesbar und änderbar.
"""
_COUNT_EN = """\
Your plan contains a number of objects. What *needs a licence* is counted:

- Servers, clients, network devices, printers, phones and virtual machines count.
- Sites, rooms, racks, people, contracts and documents do **not**.
- Archived objects do not count, and deleted ones no longer do from the next day on.

You see how many are used on the *dashboard* of the portal and in the program under *Administration → Licence*. From \
80 % on we point it out. When the limit is reached, no new objects can be created; what is there can be read and changed \
in any case.
"""
_BACKUP_DE = """\
Gesichert werden zwei Dinge, am besten jede Nacht:

```
pg_dump --format=custom acme_cmdb > /backup/cmdb-$(date +%F).dump
tar czf /backup/dateien-$(date +%F).tar.gz /var/lib/acme-cmdb/files
```

# Wiederherstellen

1. Halten Sie den Dienst an: `systemctl stop acme-cmdb`
2. Spielen Sie die Datenbank ein: `pg_restore --clean --dbname=acme_cmdb cmdb-2026-11-20.dump`
3. Packen Sie die Dateien aus und starten Sie den Dienst wieder.

> Eine Sicherung, die nie zurückgespielt wurde, ist keine. Üben Sie es einmal im Jahr auf einem Testsystem; bei \
Advanced Support ist eine Testinstallation enthalten.
"""
_BACKUP_EN = """\
Two things are backed up, best every night:

```
pg_dump --format=custom acme_cmdb > /backup/cmdb-$(date +%F).dump
tar czf /backup/files-$(date +%F).tar.gz /var/lib/acme-cmdb/files
```

# Restore

1. Stop the service: `systemctl stop acme-cmdb`
2. Restore the database: `pg_restore --clean --dbname=acme_cmdb cmdb-2026-11-20.dump`
3. Unpack the files and start the service again.

> A backup that was never restored is none. Practise it once a year on a test system; Advanced Support includes a test \
installation.
"""
ARTICLES = (
    DemoArticle(
        "install",
        {"de": "Acme CMDB auf Debian installieren", "en": "Install Acme CMDB on Debian"},
        {"de": _INSTALL_DE, "en": _INSTALL_EN},
        ("enter-the-licence", "backup-and-restore"),
    ),
    DemoArticle(
        "update-safely",
        {"de": "Ein Update sicher einspielen", "en": "Install an update safely"},
        {"de": _UPDATE_DE, "en": _UPDATE_EN},
        ("backup-and-restore", "install"),
    ),
    DemoArticle(
        "enter-the-licence",
        {"de": "Die Lizenz eintragen, mit und ohne Internet", "en": "Enter the licence, with and without internet"},
        {"de": _LICENCE_DE, "en": _LICENCE_EN},
        ("what-counts",),
    ),
    DemoArticle(
        "import-csv",
        {"de": "Objekte aus einer CSV-Datei übernehmen", "en": "Import objects from a CSV file"},
        {"de": _CSV_DE, "en": _CSV_EN},
        ("what-counts",),
    ),
    DemoArticle(
        "what-counts",
        {"de": "Welche Objekte zählen?", "en": "Which objects count?"},
        {"de": _COUNT_DE, "en": _COUNT_EN},
        ("enter-the-licence",),
    ),
    DemoArticle(
        "backup-and-restore",
        {"de": "Sichern und wiederherstellen", "en": "Back up and restore"},
        {"de": _BACKUP_DE, "en": _BACKUP_EN},
        ("update-safely",),
    ),
)
