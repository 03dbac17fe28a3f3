"""Django's settings, derived from the options of Torhaus. No setting is read anywhere else."""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from torhaus.config.options import read_options
from torhaus.config.safety import refusals

OPTIONS = read_options()
PACKAGE = Path(__file__).resolve().parent.parent
DATA_DIR = OPTIONS.data_dir.absolute()


def _secret_key() -> str:
    """Give the configured key, else the one `torhaus init` left in the data folder."""
    if OPTIONS.secret_key:
        return OPTIONS.secret_key
    kept = DATA_DIR / "secret-key"
    return kept.read_text("ascii").strip() if kept.is_file() else ""


def _database() -> dict[str, object]:
    if not OPTIONS.database_url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "torhaus.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 5,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=268435456;",
            },
            # A file, not memory: several threads and processes of a test see one database.
            "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
        }
    return _postgresql(OPTIONS.database_url)


def _postgresql(text: str) -> dict[str, object]:
    """Django's form of a PostgreSQL address; what follows the question mark goes to the driver."""
    url = urlsplit(text)
    parameters: dict[str, object] = dict(parse_qsl(url.query))
    # Django never prepares statements unless told so; preparing on the second use halves the work of
    # a query that every request makes. A pooler that cannot keep prepared statements sets `none`.
    prepare = str(parameters.pop("prepare_threshold", "2"))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": parameters.pop("host", unquote(url.hostname or "")),
        "PORT": str(url.port or parameters.pop("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "server_side_binding": True,
            # Without it a worker waits for minutes for a host that takes connections and never answers.
            "connect_timeout": OPTIONS.database_connect_seconds,
            # Nor for one that is gone without a word: what it did not receive within these milliseconds is an error.
            "tcp_user_timeout": 10_000,
            "keepalives_idle": 30,
            "keepalives_interval": 5,
            "keepalives_count": 2,
            "prepare_threshold": None if prepare == "none" else int(prepare),
            **parameters,
        },
    }


SECRET_KEY = _secret_key()
# Whoever serves with these settings asks here first: the server, the worker, the command line.
REFUSALS = refusals(OPTIONS, SECRET_KEY)
DEBUG = False
ALLOWED_HOSTS = list(OPTIONS.hosts)
ROOT_URLCONF = "torhaus.config.urls"
WSGI_APPLICATION = "torhaus.config.wsgi.application"
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

ROOMS = [
    "torhaus.core",
    "torhaus.records",
    "torhaus.work",
    "torhaus.accounts",
    "torhaus.vendor",
    "torhaus.notices",
    "torhaus.organisations",
    "torhaus.catalogue",
    "torhaus.billing",
    "torhaus.subscriptions",
    "torhaus.seats",
    "torhaus.usage",
    "torhaus.licensing",
    "torhaus.releases",
    "torhaus.support",
    "torhaus.journeys",
    "torhaus.frame",
    "torhaus.web",
    "torhaus.api",
    "torhaus.backoffice",
]
INSTALLED_APPS = [
    *ROOMS,
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",  # allauth.mfa stands on it; none of its pages has an address here
    "allauth.mfa",
    "django_tasks",
    "django_tasks_db",
    "django_filters",
    "django_htmx",
    "csp",
]
MIDDLEWARE = [
    "torhaus.frame.middleware.request_id",
    "torhaus.frame.metrics.count_operations",
    "torhaus.frame.problems.refuse_plain_calls",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "torhaus.frame.compression.compress_pages",
    "torhaus.frame.middleware.readable_cookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "torhaus.frame.languages.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # lets allauth's passkeys find the request
    "torhaus.frame.middleware.access",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "torhaus.frame.context.page",
            ],
        },
    }
]

# Language, formats and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = sorted(str(path) for path in PACKAGE.glob("*/locale"))
FORMAT_MODULE_PATH = ["torhaus.frame.formats"]
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = False  # it would print years as "2.026"; money and counts go through filters
LANGUAGE_COOKIE_NAME = "__Host-torhaus_language" if OPTIONS.https else "torhaus_language"
LANGUAGE_COOKIE_SECURE = OPTIONS.https
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600

# Sessions and cookies (R13 to R15, R23)
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-torhaus_session" if OPTIONS.https else "torhaus_session"
SESSION_COOKIE_SECURE = OPTIONS.https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = OPTIONS.session_hours * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-torhaus_csrf" if OPTIONS.https else "torhaus_csrf"
CSRF_COOKIE_SECURE = OPTIONS.https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(OPTIONS.public_url))] if OPTIONS.https else []
MESSAGE_STORAGE = "torhaus.frame.messages.Messages"
CSRF_FAILURE_VIEW = "torhaus.frame.errors.csrf_failure"

# Transport and content (R24 to R26)
# The header counts only from a trusted proxy: wsgi.py drops anybody else's.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if OPTIONS.https else None
SECURE_SSL_REDIRECT = OPTIONS.https
SECURE_REDIRECT_EXEMPT = ["^health/"]  # asked by the machine itself, over plain HTTP
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if OPTIONS.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = OPTIONS.https
SECURE_HSTS_PRELOAD = OPTIONS.https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = ["torhaus.frame.uploads.NoUploads"]  # the limit above does not count files

# Passwords of staff and of customers' people (R1, R38)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "torhaus.accounts.password_rules.NotAboutThePerson",
        "OPTIONS": {"user_attributes": ("mail", "name")},
    },
    {"NAME": "torhaus.accounts.password_rules.LongEnough", "OPTIONS": {"min_length": 15}},
    {"NAME": "torhaus.accounts.password_rules.NotCommon"},
    {"NAME": "torhaus.accounts.password_rules.NotBreached"},
]
LOGIN_URL = "backoffice:sign_in"

# Second factors (R5, R10, R11): allauth keeps and checks them, our pages show them
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "mail"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation by mail is the way in
MFA_ADAPTER = "torhaus.accounts.factor_adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODE_DIGITS = 10
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey asks for a finger or a PIN, so it counts as two factors

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [("built", DATA_DIR / "built")] if (DATA_DIR / "built").is_dir() else []
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Background work
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
SCHEDULE = "torhaus.config.schedule"

# Mail
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if OPTIONS.mail_mode == "smtp" else "torhaus.core.mail.EmlBackend"
)
EMAIL_FILE_PATH = DATA_DIR / "mails"
EMAIL_HOST = OPTIONS.smtp_host
EMAIL_PORT = OPTIONS.smtp_port
EMAIL_HOST_USER = OPTIONS.smtp_user
EMAIL_HOST_PASSWORD = OPTIONS.smtp_password
EMAIL_USE_TLS = OPTIONS.smtp_tls == "starttls"
EMAIL_USE_SSL = OPTIONS.smtp_tls == "tls"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = OPTIONS.mail_from

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "torhaus.frame.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": OPTIONS.log_level},
    "loggers": {
        "django": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "fido2": {"level": "WARNING"},  # it names every credential
        "fontTools": {"level": "WARNING"},  # it describes every glyph
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
