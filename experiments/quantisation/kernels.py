"""Do this CPU's eight-bit kernels compute what a bundle's int8 graph says?

    BLINK_DATA=data python -m experiments.quantisation.kernels export/zoo/* --data real

A quantised graph is defined in floats that are rounded between its layers. ONNX Runtime fuses it to
integer kernels; on x86 without VNNI they add up products of eight bits in sixteen, which saturate.
Printed is, for each bundle and data set, how far the kernels' answers are from the defined ones.
"""

import argparse
import platform
from pathlib import Path
from runpy import run_path

import numpy as np
import onnxruntime as ort

from blink.contract.places import BENCHMARK
from blink.entry.data_by_name import open_data
from blink.evaluation.judging import find_held_out
from blink.export.parity import run_onnx
from blink.runtime.bundle import load_bundle
from blink.runtime.preprocessing import stack


def main() -> None:
    """Prints a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("bundles", nargs="+", type=Path)
    parser.add_argument("--data", default="real")
    given = parser.parse_args()
    bundles = [load_bundle(folder) for folder in given.bundles]
    flags = run_path(str(BENCHMARK))["cpu_flags"]()
    print(f"{platform.machine()} with {flags}, ONNX Runtime {ort.__version__}\n")
    print("| bundle | test set | crops | changed | mean Δp | largest Δp |")
    print("|---|---|--:|--:|--:|--:|")
    for held_out in find_held_out(open_data([given.data], [])[0], trained_on=True):
        crops = list(held_out.manifest.crops(held_out.rows))
        for bundle in bundles:
            seen = stack(crops, bundle.spec)
            model = bundle.graphs["int8"]
            ours, defined = (run_onnx(model, seen, is_fused=fused) for fused in (True, False))
            threshold = bundle.operating_point.threshold
            changed = np.mean((ours >= threshold) != (defined >= threshold))
            apart = np.abs(ours - defined)
            print(
                f"| {bundle.name} | {held_out.name} | {len(seen):,} | {100 * changed:.2f} % "
                f"| {apart.mean():.1e} | {apart.max():.1e} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
