"""Run every documented verifier over the published vectors and print what each says.

Run: ``python -m benchmarks.verify_vectors``. Exits 1 if one says anything else than the index (R46).
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.sdk.languages import EXPECTED, VECTORS, documented, sdk_verdict


def main() -> int:
    """Give 0 when all agree."""
    files = [VECTORS / name for name in EXPECTED]
    started = time.perf_counter()
    said = {"python": {path: sdk_verdict(path.read_bytes()) for path in files}}
    seconds = {"python": time.perf_counter() - started}
    for language in documented():
        if lacking := language.lacks():
            print(f"{language.name}: needs {', '.join(lacking)}")
            return 1
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            said[language.name] = language.verdicts(Path(folder), files)
            seconds[language.name] = time.perf_counter() - started
    print(f"{'vector':28}{'code':22}" + "".join(f"{name:8}" for name in said))
    wrong = 0
    for path in files:
        code = EXPECTED[path.name]
        marks = ["yes" if verdicts[path] == code else f"NO:{verdicts[path]}" for verdicts in said.values()]
        wrong += sum(mark != "yes" for mark in marks)
        print(f"{path.stem:28}{code:22}" + "".join(f"{mark:8}" for mark in marks))
    print("\nseconds for all of them, start included")
    print(", ".join(f"{name} {spent:.2f}" for name, spent in seconds.items()))
    print(f"{len(files)} vectors, {len(said)} verifiers, {wrong} verdicts differ")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
