"""What several threads ask at once comes in one statement: each gets its own answer, by a statement that began later."""

import random
import threading
import time

import pytest

from torhaus.licensing.adapters.gathering import Gathering

SECONDS = 30


class Asked:
    """Answers with the number that was asked, and stops in the middle for as long as the test wants."""

    def __init__(self) -> None:
        self.alone: list[int] = []
        self.together: list[list[int]] = []
        self.go_on = threading.Event()
        self.fails = False

    def one(self, number: int) -> int | None:
        self.alone.append(number)
        assert self.go_on.wait(SECONDS)
        if number < 0:
            raise ValueError(number)
        return number * 2 if number else None

    def several(self, numbers):
        self.together.append(list(numbers))
        if self.fails:
            return None
        if any(number > 900 for number in numbers):
            raise OSError("cannot be")
        return [number * 2 if number else None for number in numbers]


class Crowd:
    """Threads that ask, one after the other, each once those before wait."""

    def __init__(self, gathering) -> None:
        self.gathering = gathering
        self.got: dict[int, object] = {}
        self.threads: list[threading.Thread] = []

    def ask(self, number: int, waiting: int) -> None:
        """Ask in a thread of its own, and go on once so many wait for the one that asks."""
        before = len(self.threads)
        self.threads.append(threading.Thread(target=self._ask, args=(number,), daemon=True))
        self.threads[before].start()
        end = time.monotonic() + SECONDS
        while len(self.gathering._waiting) < waiting or not self.gathering._asking:
            assert time.monotonic() < end
            time.sleep(0.001)

    def _ask(self, number: int) -> None:
        try:
            self.got[number] = self.gathering.ask(number)
        except (ValueError, OSError) as error:
            self.got[number] = repr(error)

    def end(self) -> dict[int, object]:
        for thread in self.threads:
            thread.join(SECONDS)
            assert not thread.is_alive()
        return self.got


@pytest.fixture
def asked():
    return Asked()


@pytest.fixture
def crowd(asked):
    return Crowd(Gathering(asked.one, asked.several))


def of_one_that_asks(crowd, numbers):
    """Have the first of some numbers asked, and all others wait for it."""
    for waiting, number in enumerate(numbers):
        crowd.ask(number, waiting)


def test_who_asks_while_another_is_answered_comes_with_the_next_statement(asked, crowd):
    of_one_that_asks(crowd, [5, 1, 0, 2, 3])
    assert (asked.alone, asked.together) == ([5], [])
    asked.go_on.set()
    assert crowd.end() == {5: 10, 1: 2, 0: None, 2: 4, 3: 6}
    assert (asked.alone, asked.together) == ([5], [[1, 0, 2, 3]])


def test_one_that_waits_alone_asks_alone(asked, crowd):
    of_one_that_asks(crowd, [5, 1])
    asked.go_on.set()
    assert crowd.end() == {5: 10, 1: 2}
    assert (asked.alone, asked.together) == ([5, 1], [])


def test_where_they_cannot_be_asked_together_each_is_asked_by_itself(asked, crowd):
    asked.fails = True
    of_one_that_asks(crowd, [5, 1, 0, 2])
    asked.go_on.set()
    assert crowd.end() == {5: 10, 1: 2, 0: None, 2: 4}
    assert asked.together == [[1, 0, 2]]
    assert sorted(asked.alone) == [0, 1, 2, 5]


def test_one_that_fails_fails_alone_and_holds_nobody_up(asked, crowd):
    of_one_that_asks(crowd, [-5, 1, 2])
    asked.go_on.set()
    assert crowd.end() == {-5: "ValueError(-5)", 1: 2, 2: 4}
    assert crowd.gathering.ask(7) == 14
    assert asked.alone == [-5, 7], "nobody waits for one that is long gone"


def test_what_asking_for_all_raises_they_all_hear_and_none_of_them_tries_again(asked, crowd):
    of_one_that_asks(crowd, [5, 901, 2, 3])
    asked.go_on.set()
    failed = "OSError('cannot be')"
    assert crowd.end() == {5: 10, 901: failed, 2: failed, 3: failed}
    assert asked.alone == [5]
    assert crowd.gathering.ask(7) == 14


class Database:
    """Answers with the question and when the statement began; for some there is nothing, and some fail."""

    def __init__(self) -> None:
        self.chance = random.Random(11)
        self.statements = 0

    def one(self, number: int) -> tuple[int, float] | None:
        began = time.monotonic()
        time.sleep(self.chance.choice((0, 0, 0.0005)))
        if number % 97 == 0:
            raise ValueError(number)
        return (number, began) if number % 89 else None

    def several(self, numbers):
        self.statements += 1
        if any(number % 97 == 0 for number in numbers) or self.chance.random() < 0.1:
            return None
        return [self.one(number) for number in numbers]


def wrong_answers(gathering, numbers, wrong: list[object]) -> None:
    """Ask for each number, and note what is no right answer to it."""
    for number in numbers:
        asked_at = time.monotonic()
        try:
            answer = gathering.ask(number)
        except ValueError:
            answer = "failed"
        if number % 97 == 0 or number % 89 == 0:
            right = answer == ("failed" if number % 97 == 0 else None)
        else:
            right = isinstance(answer, tuple) and answer[0] == number and answer[1] >= asked_at
        if not right:
            wrong.append((number, answer, asked_at))


def test_every_answer_is_that_of_its_question_however_many_ask_and_fail():
    database, wrong = Database(), []
    gathering = Gathering(database.one, database.several)
    many = [range(n * 200 + 1, n * 200 + 201) for n in range(16)]
    threads = [threading.Thread(target=wrong_answers, args=(gathering, one, wrong), daemon=True) for one in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()
    assert wrong == []
    assert database.statements > 50, "they were asked together"
    assert (gathering._asking, gathering._waiting) == (False, [])
