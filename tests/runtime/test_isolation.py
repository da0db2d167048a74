import os
import subprocess
import sys
from pathlib import Path

from blink.runtime import Bundle

HEAVY = (
    "torch", "torchvision", "lightning", "pytorch_lightning", "hydra", "omegaconf", "pandas",
    "pandera", "pyarrow", "sklearn", "scipy", "matplotlib", "albumentations", "wandb", "onnx",
    "onnxscript", "jinja2",
)  # fmt: skip

SCRIPT = """
import sys

HEAVY = {heavy!r}

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in HEAVY:
            raise ImportError("the runtime reached for " + name)

sys.meta_path.insert(0, Wall())

import numpy as np
from blink.runtime import Detector

detector = Detector.load(sys.argv[1])
crop = np.full((40, 50, 3), 120, np.uint8)
p = detector.predict([crop, crop[..., 0]])
detector.verify()
print(p.shape, sorted(name for name in HEAVY if name in sys.modules))
"""


def test_runtime_needs_nothing_but_its_base_layer_when_all_else_is_walled_off(
    bundle: Bundle,
) -> None:
    script = SCRIPT.format(heavy=HEAVY)
    command = [sys.executable, "-c", script, str(bundle.folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.stderr == ""
    assert result.stdout == "(2,) []\n"


def test_wall_stops_an_import_when_it_is_heavy() -> None:
    script = SCRIPT.format(heavy=HEAVY).replace(
        "from blink.runtime import Detector", "import torch"
    )
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "the runtime reached for torch" in result.stderr


def test_runtime_leaves_no_trace_in_the_home_when_it_predicts(
    bundle: Bundle, tmp_path: Path
) -> None:
    script = (
        "import sys, numpy as np; from blink.runtime import Detector;"
        "Detector.load(sys.argv[1]).predict([np.full((40, 50), 120, np.uint8)])"
    )
    environment = {key: value for key, value in os.environ.items() if key not in ("CI", "HOME")}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / ".cache")}
    command = [sys.executable, "-c", script, str(bundle.folder)]
    subprocess.run(command, env=environment, check=True)
    assert list(tmp_path.iterdir()) == []  # ONNX Runtime would queue telemetry here


UNCHANGED = """
import os, sys
import cv2, numpy as np
before = dict(os.environ)  # cv2 has added to it
settings = cv2.getNumThreads(), cv2.useOptimized(), np.geterr()
from blink.runtime import Detector
Detector.load(sys.argv[1], threads=2).predict([np.full((40, 50, 3), 120, np.uint8)])
assert (cv2.getNumThreads(), cv2.useOptimized(), np.geterr()) == settings
print({key: value for key, value in os.environ.items() if before.get(key) != value})
"""


def test_runtime_leaves_the_settings_of_others_alone_when_it_predicts(bundle: Bundle) -> None:
    environment = {key: value for key, value in os.environ.items() if key[:4] != "ORT_"}
    command = [sys.executable, "-c", UNCHANGED, str(bundle.folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "{'ORT_DISABLE_TELEMETRY': '1'}\n", done.stderr


def test_package_imports_nothing_heavy_when_it_is_imported_itself() -> None:
    script = "import sys; import blink; print({'numpy', 'cv2', 'onnxruntime'} & sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
