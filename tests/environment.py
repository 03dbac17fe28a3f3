"""The environment of the tests, set before Django reads its settings (a pytest plugin, loaded first)."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from torhaus.frame.catalogues import compile_messages

DATA = Path(tempfile.mkdtemp(prefix="torhaus-test-"))
OWNER = os.getpid()
atexit.register(lambda: os.getpid() == OWNER and shutil.rmtree(DATA, ignore_errors=True))  # not with a forked process
os.environ.setdefault("TORHAUS_SECRET_KEY", "only-for-tests-" + "0123456789" * 5)
os.environ["TORHAUS_DATA_DIR"] = str(DATA)
os.environ["TORHAUS_CONFIG"] = str(DATA / "torhaus.toml")
(DATA / "torhaus.toml").touch()
(DATA / "static").mkdir()  # where static files would have been collected
compile_messages()
