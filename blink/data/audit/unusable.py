"""Crops in which there is nothing to be learned: blank, saturated, blurred, or without an eye."""

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from blink.data.audit.finding import MOST_EXHIBITS, Exhibit, Finding
from blink.data.audit.limits import Limits
from blink.data.audit.pictures import Pictures
from blink.data.manifest import Manifest

Figures = NDArray[np.float32] | NDArray[np.float64]

_SHAPES = 24
"""Components that span what eyes look like."""
_CROPS_PER_SHAPE = 50
"""In fewer crops, a single strange one would be a shape of its own."""


def check_unusable(manifest: Manifest, pictures: Pictures, limits: Limits) -> list[Finding]:
    """Ranked lists of the crops that fall short, the worst first.

    The limits were set by looking: below them nobody could tell the state of an eye of MRL's, CEW's
    or the renderer's. Cleanvision finds the same kinds of fault, but its limits are those of
    photographs, and it wants every picture decoded once more.
    """
    quality = {name: pictures.quality[name].to_numpy(np.float64) for name in pictures.quality}
    levels, detail = quality["range"], quality["detail"]
    clipped = np.maximum(quality["dark"], quality["bright"])
    strange = strangeness(pictures.hog)
    found, most = faults(levels, clipped, detail, strange, limits), limits.unusable_share
    return [
        _ranked(manifest, "blank", "grey levels", found["blank"], levels, most),
        _ranked(manifest, "saturated", "clipped share", found["saturated"], -clipped, most),
        _ranked(manifest, "blurred", "detail", found["blurred"], detail, most),
        _ranked(manifest, "no-eye", "strangeness", found["no-eye"], -strange, most),
    ]


def faults(
    levels: Figures, clipped: Figures, detail: Figures, strange: Figures, limits: Limits
) -> dict[str, NDArray[np.bool_]]:
    """What keeps an eye from being seen, by the name of its finding: (N,) whether a crop has it.

    A crop has the first fault that holds alone: a shape that is not seen is strange as well.

    Args:
        levels: (N,) grey levels between the dark and the bright end of the thumbnail.
        clipped: (N,) share of black or of white pixels, whichever is larger.
        detail: (N,) variance of the thumbnail's Laplacian over the variance of its pixels.
        strange: (N,) see `strangeness`.
        limits: What a crop is held to.
    """
    blank = levels < limits.range
    saturated = (clipped > limits.clipped) & ~blank
    blurred = (detail < limits.detail) & ~blank & ~saturated
    no_eye = (strange > limits.strangeness) & ~blank & ~saturated & ~blurred
    return {"blank": blank, "saturated": saturated, "blurred": blurred, "no-eye": no_eye}


def strangeness(hog: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far each crop's edges lie from the space of the data set's eyes; 1 is usual.

    Each half of the crops is judged by the other: nobody is part of what is usual for them. In a
    hundred crops or fewer nothing is strange.

    With 24 pictures of text, noise and patterns put among MRL's, 18 of the 24 strangest were these.
    Cleanlab's OutOfDistribution, a distance to neighbours, found 3 and took 47 s for the 0.2 s of
    this: such pictures are neighbours of each other.

    Args:
        hog: (N, features) histograms of oriented gradients.

    Source: distance from face space, Turk and Pentland 1991, on HOG in place of pixels.
    """
    halves = np.arange(0, len(hog), 2), np.arange(1, len(hog), 2)
    shapes = min(_SHAPES, len(halves[1]) // _CROPS_PER_SHAPE)
    if shapes < 1:
        return np.ones(len(hog))
    distance = np.empty(len(hog))
    for judged, known in (halves, halves[::-1]):
        space = PCA(shapes, svd_solver="covariance_eigh").fit(hog[known])
        rest = hog[judged] - space.inverse_transform(space.transform(hog[judged]))
        distance[judged] = np.linalg.norm(rest, axis=1)
    usual = float(np.median(distance))
    return distance / usual if usual > 0 else np.ones(len(hog))


def _ranked(
    manifest: Manifest,
    name: str,
    measure: str,
    found: NDArray[np.bool_],
    rank: NDArray[np.float64],
    most: float,
) -> Finding:
    """The crops found, lowest rank first."""
    rows = np.flatnonzero(found)
    rows = rows[np.argsort(rank[rows], kind="stable")]
    share = len(rows) / len(manifest)
    words = {"no-eye": "possibly without an eye"}.get(name, name)
    return Finding(
        name,
        f"Crops that are {words}",
        "warning" if share > most else "note",
        f"{len(rows):,} of {len(manifest):,} crops {'is' if len(rows) == 1 else 'are'} {words}.",
        {
            "crops": len(rows),
            "share": share,
            "ids": manifest.table["id"].iloc[rows].tolist(),
            "values": [round(abs(float(rank[row])), 4) for row in rows],
        },
        tuple(
            Exhibit((int(row),), f"{measure.capitalize()} {abs(rank[row]):.3g}")
            for row in rows[:MOST_EXHIBITS]
        ),
    )
