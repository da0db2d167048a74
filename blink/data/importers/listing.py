"""Which importers there are: whatever the modules of this package define."""

import inspect
from importlib import import_module
from pkgutil import iter_modules

from blink.data import importers as package
from blink.data.importers.importing import Importer


def importers() -> dict[str, type[Importer]]:
    """Name on the command line → importer, sorted by name."""
    modules = [
        import_module(f"{package.__name__}.{m.name}") for m in iter_modules(package.__path__)
    ]
    found = {
        member.kind: member
        for module in modules
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Importer) and not inspect.isabstract(member)
    }
    return dict(sorted(found.items()))
