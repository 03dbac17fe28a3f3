"""When a job that failed is tried again."""


def pause_seconds(attempt: int, *, first: float, longest: float, chance: float) -> float:
    """Give the pause after failed ``attempt`` (1, 2, …): doubled each time up to ``longest``, spread by ±25 %.

    ``chance`` is a random number from 0 to 1; it keeps jobs that failed together from coming back together.
    """
    doubled = first * 2.0 ** min(attempt - 1, 30)
    return min(doubled, longest) * (0.75 + 0.5 * chance)
