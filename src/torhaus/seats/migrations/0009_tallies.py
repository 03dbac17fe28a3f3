"""How many seats of a kind and state are held, and what they own, is kept by the database as seats are written.

PostgreSQL counts once a statement, however many seats it writes; SQLite seat by seat. What leaves a tally only lowers
one that there is, so that a table that is emptied row by row leaves none behind.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

SQLITE_LESS = """UPDATE seats_seattally SET held = held - 1, owned = owned - OLD.owned_bytes
    WHERE contract_id = OLD.contract_id AND kind_id = OLD.kind_id AND state = OLD.state;"""
SQLITE_MORE = """INSERT INTO seats_seattally (contract_id, kind_id, state, held, owned)
    VALUES (NEW.contract_id, NEW.kind_id, NEW.state, 1, NEW.owned_bytes)
    ON CONFLICT (contract_id, kind_id, state) DO UPDATE SET held = held + 1, owned = owned + excluded.owned;"""
COUNTED = ("contract_id", "kind_id", "state", "owned_bytes", "released_at")
CHANGED = " OR ".join(f"OLD.{one} IS NOT NEW.{one}" for one in COUNTED)
SQLITE = {
    "seat_tally_made": f"AFTER INSERT ON seats_seat WHEN NEW.released_at IS NULL BEGIN {SQLITE_MORE} END",
    "seat_tally_left": f"""AFTER UPDATE OF {", ".join(COUNTED)} ON seats_seat
        WHEN OLD.released_at IS NULL AND ({CHANGED}) BEGIN {SQLITE_LESS} END""",
    "seat_tally_came": f"""AFTER UPDATE OF {", ".join(COUNTED)} ON seats_seat
        WHEN NEW.released_at IS NULL AND ({CHANGED}) BEGIN {SQLITE_MORE} END""",
    "seat_tally_gone": f"AFTER DELETE ON seats_seat WHEN OLD.released_at IS NULL BEGIN {SQLITE_LESS} END",
}

BEFORE = "SELECT contract_id, kind_id, state, -1 AS n, -owned_bytes::double precision AS size FROM gone WHERE released_at IS NULL"
AFTER = "SELECT contract_id, kind_id, state, 1 AS n, owned_bytes::double precision AS size FROM made WHERE released_at IS NULL"
FUNCTIONS = {"seat_tally_insert": AFTER, "seat_tally_update": f"{BEFORE} UNION ALL {AFTER}", "seat_tally_delete": BEFORE}
# What is there is changed first: a row proposed for insertion must pass the table's checks, even where it then is not.
FUNCTION = """CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    WITH net AS (
        SELECT contract_id, kind_id, state, SUM(n) AS n, SUM(size) AS size FROM ({steps}) AS steps
        GROUP BY contract_id, kind_id, state HAVING SUM(n) <> 0 OR SUM(size) <> 0
    ), changed AS (
        UPDATE seats_seattally AS tally SET held = tally.held + net.n, owned = tally.owned + net.size FROM net
        WHERE tally.contract_id = net.contract_id AND tally.kind_id = net.kind_id AND tally.state = net.state
        RETURNING tally.contract_id, tally.kind_id, tally.state
    )
    INSERT INTO seats_seattally AS tally (contract_id, kind_id, state, held, owned)
    SELECT contract_id, kind_id, state, n, size FROM net WHERE n > 0 AND NOT EXISTS (
        SELECT 1 FROM changed WHERE changed.contract_id = net.contract_id
        AND changed.kind_id = net.kind_id AND changed.state = net.state)
    ON CONFLICT (contract_id, kind_id, state)
    DO UPDATE SET held = tally.held + excluded.held, owned = tally.owned + excluded.owned;
    RETURN NULL; END $$"""
SEEN = {
    "seat_tally_insert": ("INSERT", "NEW TABLE AS made"),
    "seat_tally_update": ("UPDATE", "OLD TABLE AS gone NEW TABLE AS made"),
    "seat_tally_delete": ("DELETE", "OLD TABLE AS gone"),
}
FILL = """INSERT INTO seats_seattally (contract_id, kind_id, state, held, owned)
    SELECT contract_id, kind_id, state, COUNT(*), SUM(CAST(owned_bytes AS double precision)) FROM seats_seat
    WHERE released_at IS NULL GROUP BY contract_id, kind_id, state"""


def keep_tallies(apps: Any, schema_editor: Any) -> None:
    """Count what is there, and let the database keep it up."""
    schema_editor.execute(FILL)
    if schema_editor.connection.vendor == "sqlite":
        for name, what in SQLITE.items():
            schema_editor.execute(f"CREATE TRIGGER {name} {what}")
        return
    for name, steps in FUNCTIONS.items():
        event, seen = SEEN[name]
        schema_editor.execute(FUNCTION.format(name=name, steps=steps))
        schema_editor.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON seats_seat REFERENCING {seen} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def stop(apps: Any, schema_editor: Any) -> None:
    """Keep no tallies."""
    if schema_editor.connection.vendor == "sqlite":
        for name in SQLITE:
            schema_editor.execute(f"DROP TRIGGER {name}")
        return
    for name in FUNCTIONS:
        schema_editor.execute(f"DROP TRIGGER {name} ON seats_seat")
        schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("seats", "0008_search_by_one_text")]

    operations = [
        migrations.CreateModel(
            name="SeatTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=10)),
                ("held", models.PositiveIntegerField()),
                ("owned", models.FloatField()),
                (
                    "contract",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="subscriptions.contract",
                    ),
                ),
                (
                    "kind",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.item"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("contract", "kind", "state"), name="seat_tally_once"),
                ],
            },
        ),
        migrations.RunPython(keep_tallies, stop),
    ]
