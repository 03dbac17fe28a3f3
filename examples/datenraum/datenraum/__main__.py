"""Serve the sample on this machine: ``python -m datenraum 8080``."""

import os
import sys
from pathlib import Path
from wsgiref.simple_server import make_server

from datenraum.app import App
from datenraum.store import Store

app = App(Store(Path(os.environ.get("DATA", ".")) / "boxes.sqlite3"))
with make_server("127.0.0.1", int(sys.argv[1]), app) as server:
    server.serve_forever()
