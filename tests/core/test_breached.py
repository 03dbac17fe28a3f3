"""Passwords from stolen data are looked up in a real file of digests in their order, whole and fast, and nothing is loaded."""

import hashlib
import random
import time
import tracemalloc

import pytest

from torhaus.core.breached import UnfitFile, look_at, times_breached

MANY = 100_000


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def passwords() -> list[str]:
    return [f"stolen password {n} é" for n in range(MANY)]


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    """A file as the downloader writes it, of 100,000 passwords, with counts of one to nine digits."""
    path = tmp_path_factory.mktemp("pwned") / "pwned.txt"
    chance = random.Random(4)
    counts = {one: chance.randrange(1, 10 ** chance.randrange(1, 10)) for one in passwords()}
    lines = sorted(f"{digest(one)}:{count}" for one, count in counts.items())
    path.write_bytes("\r\n".join(lines).encode() + b"\r\n")
    return path, counts


def test_R1_each_of_100_000_is_found_with_its_count_and_nothing_else(listed):
    path, counts = listed
    for one in passwords()[::37]:
        assert times_breached(path, one) == counts[one]
    ends = [line.split(":")[0] for line in path.read_text().split()]
    by_digest = {digest(one): one for one in counts}
    for one in (by_digest[ends[0]], by_digest[ends[1]], by_digest[ends[-1]], by_digest[ends[-2]]):
        assert times_breached(path, one) == counts[one], "first and last lines, too"
    assert not any(times_breached(path, f"kept to oneself {n}") for n in range(1000))


def test_R1_a_look_up_takes_less_than_a_millisecond_and_no_memory(listed):
    path, _counts = listed
    wanted = passwords()[:500]
    times_breached(path, wanted[0])
    tracemalloc.start()
    for one in wanted[:50]:
        times_breached(path, one)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000, "some pieces of 4 KiB, of a file of 5 MB"
    begun = time.process_time()
    for one in wanted:
        times_breached(path, one)
    assert (time.process_time() - begun) / len(wanted) < 0.001


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("many", [1, 2, 3, 85, 86, 87, 200])
def test_files_of_few_lines_with_and_without_an_end_and_in_small_letters(tmp_path, many, end):
    path = tmp_path / "list.txt"
    ordered = sorted(passwords()[:many], key=digest)
    for lower in (False, True):
        lines = [f"{digest(one).lower() if lower else digest(one)}:{n}".encode() for n, one in enumerate(ordered, 1)]
        for content in (end.join(lines), end.join(lines) + end, b"\xef\xbb\xbf" + end.join(lines)):
            path.write_bytes(content)
            assert [times_breached(path, one) for one in ordered] == list(range(1, many + 1))
            assert times_breached(path, "kept to oneself") == 0
            assert look_at(path).size == len(content)


def test_a_look_at_the_file_counts_about_right(listed):
    path, _counts = listed
    found = look_at(path)
    assert found.size == path.stat().st_size
    assert MANY * 0.95 < found.digests < MANY * 1.05


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"password:3\n" * 1000, "no digest with a count"),
        (b"x" * 100_000, "line"),
        (("\n".join(f"{digest(one)}:1" for one in passwords()[:5000]) + "\n").encode(), "not in the order"),
        (("\n".join(f"{digest(one)}:1" for one in passwords()[:3]) + "\n").encode() * 2, "not in the order"),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_is_wrong(tmp_path, content, said):
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    with pytest.raises(UnfitFile, match=said):
        look_at(path)


def test_a_file_cut_off_in_the_middle_of_a_line_is_refused(listed, tmp_path):
    path = tmp_path / "cut.txt"
    path.write_bytes(listed[0].read_bytes()[:100_020])
    with pytest.raises(UnfitFile):
        look_at(path)


def test_a_file_that_is_gone_is_no_answer(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        times_breached(tmp_path / "gone.txt", "password")
