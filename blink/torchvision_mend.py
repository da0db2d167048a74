"""Makes `import torchvision` work where its compiled library does not fit the installed torch.

Package indexes serve torchvision's Linux wheel built for CUDA only. Beside a CPU build of torch its
library `_C` cannot load, and the import fails with "operator torchvision::nms does not exist"
as torchvision registers a meta kernel for operators that nobody declared; Lightning and
torchmetrics import torchvision and fail with it. Declaring the schemas of those operators is enough
for everything in Python (backbones, transforms.v2, make_grid); calling `nms` itself still fails,
and says so. Where the library loads, nothing is done.

Import this module before lightning, torchmetrics or torchvision.
"""

import importlib.util
from pathlib import Path

import torch

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def _library_loads() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return True  # there is no torchvision, hence nothing to mend
    for library in Path(spec.origin).parent.glob("_C.*"):
        try:
            torch.ops.load_library(str(library))
        except OSError:
            return False
    return hasattr(torch.ops.torchvision, "nms")


if not _library_loads():
    _library = torch.library.Library("torchvision", "DEF")
    for _name in ("nms", "qnms"):
        _library.define(_name + _SCHEMA)
