"""The words of `train.py` by which the runs of a study are found again."""

from dataclasses import dataclass
from pathlib import Path

from blink.sweep.space import in_hydra


@dataclass(frozen=True)
class Labels:
    """What the runs of a study are called.

    Attributes:
        name: Of the study, and of its runs.
        question: That they are to answer.
        at_wandb: Whether all trials log to W&B, which is then told more.
    """

    name: str
    question: str
    at_wandb: bool = False

    @property
    def shared(self) -> tuple[str, ...]:
        """Words that all runs have in common, in Hydra's grammar."""
        known = {"name": self.name, "question": self.question}
        if self.at_wandb:
            known |= {"logger.wandb.group": self.name, "logger.wandb.job_type": "trial"}
        return _in_hydra(known)

    def words(self, token: str, folder: Path) -> tuple[str, ...]:
        """Of one run, in Hydra's grammar.

        Args:
            token: Of the study. A project of W&B knows a run by its id alone, and every study has a
                run in `00000-seed0`.
            folder: Of the run.
        """
        if not self.at_wandb:
            return self.shared
        own = {
            "logger.wandb.id": f"{self.name}-{token}-{folder.name}",
            "logger.wandb.name": f"{self.name} {folder.name}",
        }
        return self.shared + _in_hydra(own)


def _in_hydra(words: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"{key}={in_hydra(value)}" for key, value in words.items())
