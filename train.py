"""One experiment, top to bottom: net → data → fit → export → evaluate → report."""

import blink.early  # noqa: F401 - which has the imports below take less time, and end in a line

import hydra
from hydra.utils import instantiate
from omegaconf import DictConfig

from blink import entry, evaluation, export, latency, training
from blink.synthesis import golden_crops
from blink.synthesis.strangers import strangers


@hydra.main(version_base="1.3", config_path="conf", config_name="train")
@entry.reports_errors
def main(cfg: DictConfig) -> None:
    """Runs the experiment that the config describes."""
    folder, cfg = entry.open_run(cfg)
    target, heuristics = entry.open_target(cfg), entry.open_heuristics(cfg)
    plan, benchmark, inspection = map(instantiate, (cfg.export, cfg.latency, cfg.inspection))
    entry.fix_randomness(cfg.seed, cfg.threads)

    # Net, and what trains it: before the data, which may take long; what is wrong is said at once.
    spec = instantiate(cfg.input)
    net = instantiate(cfg.model, channels=spec.channels)
    classifier = training.EyeClassifier(net, spec, **instantiate(cfg.optim))
    trainer = entry.open_trainer(cfg)
    entry.open_data_module(cfg, spec)  # on trial, over no data

    # Data: eyes, and who of their people trains, validates and tests.
    manifest, split = instantiate(cfg.data.collection).prepare()
    data = entry.open_data_module(cfg, spec, manifest, split)
    unseen, films = entry.open_unseen(cfg), entry.open_films(cfg, target)
    held_out = evaluation.find_held_out((manifest, split), trained_on=True, role=cfg.judged)
    for other in [*unseen, *films]:
        held_out += evaluation.find_held_out(other, trained_on=False, role=cfg.judged)

    # Fit: the net, then the heuristics on the same people.
    trainer.loggers = entry.open_loggers(cfg)
    net_fit = training.fit_net(trainer, classifier, data)
    if not trainer.is_global_zero:
        return  # of several processes (DDP) the first alone exports and judges
    exportables = [export.Exportable(f"eye-{cfg.name}", "net", *net_fit)]
    for name, fit in training.fit_heuristics(heuristics, data, cfg.heuristics.crops).items():
        exportables.append(export.Exportable(name, "heuristic", *fit))

    # Export: bundles, the very files that ship.
    origin = entry.describe_origin(cfg, manifest, split, classifier.loss.teachers)
    inspector = training.fit_inspection(data, strangers, golden_crops, inspection)
    bundles = export.export_all(
        folder / "bundles",
        exportables,
        data,
        plan,
        golden=golden_crops(16),
        provenance=origin,
        inspection=inspector.to_dict(),
        target=target,
        benchmark=benchmark,
    )

    # Evaluate: the runtime runs the bundles on people whom none of them has seen.
    models = evaluation.load_models(bundles)
    aim = evaluation.choose_operating_points(target, models, [(manifest, split), *films])
    bundles = entry.apply_operating_points(bundles, aim)
    latencies = latency.measure_latency(benchmark, [bundle.folder for bundle in bundles])
    visitor, models = entry.describe_visitor(cfg, folder), evaluation.load_models(bundles)
    tests = [evaluation.judge(h, models, latencies, folder, visitor, aim=aim) for h in held_out]

    # Report
    facts = entry.describe_run(cfg, origin)
    exports = {bundle.name: bundle.export for bundle in bundles}
    report = evaluation.Report(cfg.name, cfg.question, entry.started_at(), tests, facts, exports)
    entry.leave_results(folder, report, bundles, trainer.loggers)


if __name__ == "__main__":
    entry.prepare_process()
    main()
