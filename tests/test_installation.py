"""`pip install .` is the runtime alone; what it installs is whole."""

import email
import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
BASE = {"numpy", "onnxruntime", "opencv-python-headless"}

BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"

ASK = """
import json, sys
sys.path[:0] = sys.argv[1:]
from importlib.util import find_spec
before = set(sys.modules)
import blink.runtime
loaded = {name.split(".")[0] for name in set(sys.modules) - before}
reachable = [n for n in ("torch", "lightning", "hydra", "pandas", "sklearn") if find_spec(n)]
print(json.dumps({
    "file": blink.runtime.__file__,
    "names": blink.runtime.__all__,
    "loaded": sorted(loaded - set(sys.stdlib_module_names)),
    "reachable": reachable,
}))
"""


def requirements(found: Distribution) -> set[str]:
    """Names of what a distribution needs on this machine, without its extras."""
    wanted = map(Requirement, found.requires or [])
    return {w.name for w in wanted if w.marker is None or w.marker.evaluate({"extra": ""})}


def closure(names: set[str]) -> dict[str, Distribution]:
    """These distributions and everything that they need in turn."""
    found: dict[str, Distribution] = {}
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        found[name] = distribution(name)
        waiting |= requirements(found[name]) - found.keys()
    return found


def link(found: Distribution, site: Path) -> None:
    """Makes one installed distribution visible in another folder, as if it stood there alone."""
    for top in {file.parts[0] for file in found.files or []} - {"..", "__pycache__"}:
        source, target = Path(str(found.locate_file(top))), site / top
        if top == "cv2":  # its loader follows links, and would look for itself where it came from
            shutil.copytree(source, target)
        elif not target.exists():
            target.symlink_to(source)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the source, so that the project stays as it is."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("blink", "tests"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)], cwd=source, check=True, capture_output=True
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip install .` leaves in a fresh environment: Blink, its base layer, nothing else."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    for found in closure(BASE).values():
        link(found, folder)
    return folder


def test_base_layer_is_the_runtime_alone_when_no_extra_is_asked_for(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))

    wanted = map(Requirement, metadata.get_all("Requires-Dist", []))
    base = {w.name for w in wanted if w.marker is None or w.marker.evaluate({"extra": ""})}

    assert base == BASE
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"


def test_dev_extra_holds_all_others_but_ray_when_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    extras = project["optional-dependencies"]
    (all_others,) = [line for line in extras["dev"] if line.startswith("blink[")]
    # Ray is large, and only `make test-long` needs it.
    assert Requirement(all_others).extras == extras.keys() - {"dev", "ray"}
    assert {Requirement(line).name for line in project["dependencies"]} == BASE


def test_wheel_holds_the_package_and_its_data_when_built(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    source = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "blink").rglob("*")
        if path.is_file() and path.suffix in {".py", ".typed", ".j2", ".css", ".js"}
    }

    assert "blink/evaluation/report/report.html.j2" in names
    assert "blink/py.typed" in names
    assert {name for name in names if ".dist-info/" not in name} == source


def test_runtime_loads_nothing_but_the_base_layer_when_installed_alone(site: Path) -> None:
    # -I and -S: neither the environment's packages nor the working folder can be seen.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ASK, str(site)],
        check=True,
        capture_output=True,
        text=True,
    )
    answer = json.loads(done.stdout)

    assert answer["file"] == str(site / "blink/runtime/__init__.py")
    assert "Detector" in answer["names"]
    assert answer["reachable"] == []
    assert {"blink", "numpy", "onnxruntime", "cv2"} <= set(answer["loaded"])
    assert not {"torch", "lightning", "hydra", "pandas", "sklearn"} & set(answer["loaded"])


def test_runtime_loads_no_torch_when_everything_is_installed() -> None:
    ask = "import sys, blink.runtime; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", ask], check=True, capture_output=True, text=True, cwd=ROOT
    )
    loaded = set(done.stdout.split())

    assert "onnxruntime" in loaded
    assert not {"torch", "torchvision", "lightning", "hydra", "omegaconf", "pandas", "sklearn"} & (
        loaded
    )
