"""Other addresses to sign in with, proved by a code."""

import django.db.models.deletion
import django.db.models.functions.text
import torhaus.core.random
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_erasure_requests'),
    ]

    operations = [
        migrations.CreateModel(
            name='MailChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(default=torhaus.core.random.new_ref, editable=False, max_length=12, unique=True)),
                ('mail', models.EmailField(max_length=254)),
                ('before', models.EmailField(blank=True, max_length=254)),
                ('asked_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', '-asked_at'], name='mail_change_user'), models.Index(fields=['mail', '-asked_at'], name='mail_change_mailbox')],
                'constraints': [models.CheckConstraint(condition=models.Q(('mail', django.db.models.functions.text.Lower('mail'))), name='mail_change_lower')],
            },
        ),
    ]
