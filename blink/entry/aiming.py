"""What a run is for, where it has a target: who is asked, and the thresholds that come of it."""

from collections.abc import Sequence

from hydra.utils import instantiate
from omegaconf import DictConfig

from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.evaluation import Aim
from blink.export import record_operating_point
from blink.runtime import Bundle
from blink.target import Target, build_target


def open_target(cfg: DictConfig) -> Target | None:
    """The target of a run, checked before anything else is done; None where it has none.

    Raises:
        ConfigError: It contradicts itself.
    """
    chosen = cfg.get("target")  # a group of which nothing is chosen leaves no key
    return None if chosen is None else build_target(chosen, "target")


def open_unseen(cfg: DictConfig) -> list[tuple[Manifest, Split]]:
    """Data sets of which nothing is trained on, as far as they are there."""
    collections = instantiate(cfg.data.unseen or {}, _convert_="all").values()
    return [collection.prepare() for collection in collections if collection.is_available]


def open_films(cfg: DictConfig, target: Target | None) -> list[tuple[Manifest, Split]]:
    """Blinks in time, with which the use of a target is played that watches eyes in time."""
    is_watching = target is not None and target.product.in_time
    return [instantiate(cfg.films).prepare()] if is_watching else []


def apply_operating_points(bundles: Sequence[Bundle], aim: Aim | None) -> list[Bundle]:
    """The bundles, each with the operating point that the target's costs ask for.

    It is the one of the precision that ships; without a target, or where nobody could tell, the
    bundles stay as they are.
    """
    points = {} if aim is None else aim.points
    titles = [f"{bundle.name} {bundle.precision}" for bundle in bundles]
    return [
        record_operating_point(bundle, points[title]) if title in points else bundle
        for bundle, title in zip(bundles, titles, strict=True)
    ]
