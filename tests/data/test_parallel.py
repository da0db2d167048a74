import pytest

from blink.data.parallel import in_parallel


def test_in_parallel_keeps_the_order_when_there_are_many_items() -> None:
    assert list(in_parallel(lambda n: n * n, range(1000), 1000, "Squaring")) == [
        n * n for n in range(1000)
    ]


def test_in_parallel_reads_only_a_little_ahead_when_results_are_not_taken() -> None:
    items = iter(range(100_000))
    stream = in_parallel(abs, items, 100_000, "Counting")
    assert next(stream) == 0
    stream.close()
    assert next(items) < 50_000


def test_in_parallel_raises_what_the_function_raises() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_parallel(lambda n: 1 // (50 - n), range(100), 100, "Dividing"))
