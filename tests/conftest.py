"""What all tests share; torch and what stands on it is imported by the fixtures that need it.

It takes seconds, which a test of the runtime or of a page alone would pay for nothing.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import blink.early  # noqa: F401 - before thousands of tests and what they import

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from blink.data.manifest import Manifest
    from blink.data.split import Split
    from blink.runtime import Bundle

# No deadline: a busy machine is no failure. A third of the usual examples: there are sixty such
# tests, and new ones are drawn in each run.
settings.register_profile("blink", deadline=None, max_examples=30)
settings.load_profile("blink")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as what a script runs in the background has
    signal.signal(signal.SIGINT, signal.default_int_handler)


LONGEST = ("test_train.py", "test_resume.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with what takes minutes, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture
def hears_hangup() -> Iterator[None]:
    """Lets this process hear the end of its terminal, also where the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture(scope="session")
def archives() -> Path:
    """The folder of the real archives; tests that need them are skipped where it is missing."""
    folder = Path(os.environ.get("BLINK_DATA", "data"))
    if not (folder / "mrlEyes_2018_01.zip").is_file():
        pytest.skip(f"the real archives are not in {folder}: set BLINK_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def real(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> "tuple[Manifest, Split]":
    """All crops of both archives, and who tests the released bundles; imported once for all."""
    from blink.data.collection import Collection
    from blink.data.importers.cew import CewEyes
    from blink.data.importers.mrl import MrlEyes
    from blink.data.split import Hashed, Named, SplitByPerson

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    people = ["s0013", "s0017", "s0023", "s0024", "s0027", "s0029", "s0030"]
    sources = [
        MrlEyes(archives / "mrlEyes_2018_01.zip"),
        CewEyes(archives / "dataset_B_Eye_Images.zip"),
    ]
    split = SplitByPerson({"mrl": Named(people), "cew": Hashed(5)})
    return Collection(sources, split, shared / "imported").prepare()


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> "tuple[Manifest, Split]":
    """A few rendered people, some of them held out."""
    from blink.data.collection import Collection
    from blink.data.split import Hashed, SplitByPerson
    from blink.synthesis import RenderedEyes

    source = RenderedEyes(people=30, crops_per_person=8, processes=1)
    split = SplitByPerson({"rendered": Hashed(5)})
    return Collection([source], split, tmp_path_factory.mktemp("cache")).prepare()


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> "Bundle":
    """A bundle of a trained net in int8 and fp32; tests that change it work on a copy."""
    from tests.exported import drawn_bundle

    return drawn_bundle(tmp_path_factory.getbasetemp())
