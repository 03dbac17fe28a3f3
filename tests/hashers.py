"""How the tests hash passwords: by the shipped algorithm, with the least work it can be given."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id that costs next to nothing: what a test signs in with protects nobody."""

    time_cost = 1
    memory_cost = 8  # KiB, the least there is for one lane
    parallelism = 1
