from pathlib import Path

import pytest

from blink.dashboard.shelf import Shelf
from tests.dashboard.run_folders import write_many


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty runs in every state; tests only read them."""
    root = tmp_path_factory.mktemp("runs").resolve()
    write_many(root, 60)
    return root


@pytest.fixture(scope="package")
def shelf(folder: Path) -> Shelf:
    found = Shelf(folder)
    found.look(budget=60)
    return found
