from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vendor', '0007_education_terms'),
    ]

    operations = [
        migrations.AddField(
            model_name='vendor',
            name='keep_from_year',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
    ]
