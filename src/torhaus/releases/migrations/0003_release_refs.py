"""Give the versions that stand a reference each."""

from django.db import migrations

from torhaus.core.random import new_ref


def give_refs(apps, schema_editor):
    Release = apps.get_model("releases", "Release")
    for release in Release.objects.using(schema_editor.connection.alias).only("pk").iterator():
        release.ref = new_ref()
        release.save(update_fields=["ref"])


class Migration(migrations.Migration):
    dependencies = [("releases", "0002_files_and_add_ons")]

    operations = [migrations.RunPython(give_refs, migrations.RunPython.noop)]
