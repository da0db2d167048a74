"""What `benchmarks.sweeping` runs as a trial: `train.py` up to the net, and no further."""

import json

import hydra
from hydra.utils import instantiate
from omegaconf import DictConfig

from blink import entry, evaluation, export, latency, training  # noqa: F401 - as train.py
from blink.contract import atomic_file

entry.prepare_process()


@hydra.main(version_base="1.3", config_path="../conf", config_name="train")
@entry.reports_errors
def main(cfg: DictConfig) -> None:
    """Composes the config, opens the run, builds net and optimiser, and leaves a figure."""
    folder, cfg = entry.open_run(cfg)
    entry.fix_randomness(cfg.seed, cfg.threads)
    spec = instantiate(cfg.input)
    net = instantiate(cfg.model, channels=spec.channels)
    training.EyeClassifier(net, spec, **instantiate(cfg.optim))
    row = {"is_main": True, "parameters": sum(one.numel() for one in net.parameters())}
    with atomic_file(folder / "metrics.json") as temporary:
        temporary.write_text(json.dumps({"tests": [{"role": cfg.judged, "rows": [row]}]}))


if __name__ == "__main__":
    main()
