import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from blink.contract import Crop, InputSpec
from blink.contract.wording import plural
from blink.data.datamodule import EyeDataModule
from blink.export.bundle_folder import export_bundle
from blink.export.exportable import Exportable
from blink.export.gathering import gather
from blink.export.search import Material, Plan
from blink.latency import Benchmark
from blink.latency.slot import computing
from blink.runtime import Bundle
from blink.target import Target

log = logging.getLogger(__name__)


@computing()
def export_all(  # noqa: PLR0913 - one argument for each thing that an export needs
    folder: Path,
    exportables: Sequence[Exportable],
    data: EyeDataModule,
    plan: Plan,
    *,
    golden: Sequence[Crop],
    provenance: dict[str, Any],
    inspection: dict[str, Any] | None = None,
    target: Target | None = None,
    benchmark: Benchmark | None = None,
) -> list[Bundle]:
    """Exports a run's intelligences, each to a folder of its own name.

    Args:
        folder: Where the bundles are to stand.
        exportables: The intelligences.
        data: The run's people.
        plan: Which candidates are made, and by what they are chosen.
        golden: See `export_bundle`, as is all that follows.
        provenance: Of all of them.
        inspection: Of the nets among them; a heuristic ships without.
        target: Of all of them.
        benchmark: See `search`.

    Raises:
        ExportError: See `export_bundle`.
        StorageError: A folder could not be written.
    """
    log.info("Exporting %s", plural(len(exportables), "intelligence"))
    bundles: list[Bundle] = []
    materials: dict[tuple[str, InputSpec], Material] = {}
    for exportable in tqdm(exportables, "Exporting", unit="bundle"):
        alike = exportable.kind, exportable.graph.spec  # all heuristics see the same crops
        if alike not in materials:
            materials[alike] = gather(exportable, data, plan)
        material = materials[alike]
        bundle = export_bundle(
            folder / exportable.name,
            exportable,
            calibration=material.calibration,
            validation=material.validation,
            learning=material.learning,
            golden=golden,
            provenance=provenance,
            inspection=inspection if exportable.kind == "net" else None,
            plan=plan,
            target=target,
            benchmark=benchmark,
        )
        bundles.append(bundle)
    return bundles
