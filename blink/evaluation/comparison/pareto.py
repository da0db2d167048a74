from collections.abc import Sequence


def pareto_front(costs: Sequence[float], qualities: Sequence[float]) -> list[int]:
    """Who is not dominated: nobody is at least as good and as cheap, and better in one of the two.

    Args:
        costs: (N,) the lower the better.
        qualities: (N,) the higher the better.

    Returns:
        Places within the arguments, by rising cost; those that tie in both stay together.
    """
    places = sorted(range(len(costs)), key=lambda place: (costs[place], -qualities[place]))
    front: list[int] = []
    for place in places:
        last = front[-1] if front else None
        if (
            last is None
            or qualities[place] > qualities[last]
            or (costs[place], qualities[place]) == (costs[last], qualities[last])
        ):
            front.append(place)
    return front
