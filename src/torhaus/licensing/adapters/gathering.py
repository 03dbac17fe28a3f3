"""Questions of several threads in one statement: who asks while another's answer is awaited comes along with the next.

A statement costs PostgreSQL and the driver much the same whether it looks for one row or for ten. Nobody waits for others
to come: a question that finds nobody asking is asked at once, by itself.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class _Turn(Generic[Q, A]):
    """A question that waits until its thread is told to go on: with an answer or an error, to ask for all, or alone."""

    __slots__ = ("answer", "answered", "error", "go_on", "leads", "question")

    def __init__(self, question: Q) -> None:
        self.question = question
        self.answer: A | None = None
        self.error: Exception | None = None
        self.answered = self.leads = False
        self.go_on = threading.Lock()
        self.go_on.acquire()


class Gathering(Generic[Q, A]):
    """Asks one question by ``one``, or several by ``several``.

    ``several`` gives an answer to each, or None where it cannot: then each is asked by itself. What it raises, they all
    do.
    """

    def __init__(
        self, one: Callable[[Q], A | None], several: Callable[[Sequence[Q]], Sequence[A | None] | None]
    ) -> None:
        self._one = one
        self._several = several
        self._lock = threading.Lock()
        self._asking = False
        self._waiting: list[_Turn[Q, A]] = []

    def ask(self, question: Q) -> A | None:
        """Give the answer, by a statement that began after this was called. Raises what asking raises."""
        with self._lock:
            turn: _Turn[Q, A] | None = None
            if self._asking:
                turn = _Turn(question)
                self._waiting.append(turn)
            self._asking = True
        if turn is None:
            try:
                return self._one(question)
            finally:
                self._pass_on()
        turn.go_on.acquire()
        if turn.leads:
            self._lead(turn)
        if turn.error is not None:
            raise turn.error
        return turn.answer if turn.answered else self._one(question)

    def _lead(self, turn: _Turn[Q, A]) -> None:
        """Ask for all that wait."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        try:
            alone = len(taken) == 1
            answers = [self._one(turn.question)] if alone else self._several([one.question for one in taken])
            for one, answer in zip(taken, answers or (), strict=answers is not None):
                one.answer, one.answered = answer, True
        except Exception as error:
            for one in taken:
                one.error = error
            raise
        finally:
            self._pass_on()
            for one in taken:
                if one is not turn:
                    one.go_on.release()

    def _pass_on(self) -> None:
        """Let the next thread that waits ask for all of them."""
        with self._lock:
            if not self._waiting:
                self._asking = False
                return
            following = self._waiting[0]
            following.leads = True
        following.go_on.release()
