"""What an audit lets pass: every threshold in one place, each with what it means."""

from dataclasses import dataclass
from math import isfinite

from blink.contract import ConfigError
from blink.contract.record import Record


@dataclass(frozen=True, slots=True)
class Limits(Record):
    """The stated thresholds of an audit.

    Attributes:
        hash_bits: Perceptual hashes that differ in at most so many of their 64 bits propose a pair
            of near-duplicates.
        near_correlation: A proposed pair is one if its 32×32 thumbnails correlate so well.
        near_share: Largest share of an evaluated role's crops (val, test) that may have a
            near-duplicate in another role; more is a failure.
        shortcut_warning: AUC from which a nuisance that predicts the label is a warning, if its
            interval's lower end lies above 0.5.
        shortcut_failure: AUC from which it is a failure, if its interval's lower end reaches
            `shortcut_warning`.
        certain_share: Share of the crops from which it is a failure that a nuisance alone gives
            their labels away: a size filter on one class leaves the AUC low, but tells every
            small crop.
        certain_purity: Share of those crops that are called rightly, lest chance be accused.
        certain_people: Number of people whom they come from, lest one person's camera be accused.
        range: Grey levels between the dark and the bright end of a thumbnail, below which a crop is
            blank.
        clipped: Share of black or of white pixels above which a crop is saturated.
        detail: Variance of the Laplacian over the variance, below which a thumbnail is blurred.
        strangeness: Times the data set's usual distance from its own eyes above which a crop may
            hold no eye.
        unusable_share: Share of unusable crops (blank, saturated, blurred) above which they are a
            warning rather than a note.
        label_auc: AUC on unseen people below which a classifier may accuse no label.
        label_person: Share of a person's labels above which their accusations are put down to the
            classifier, and set aside.
        label_swapped: Share of a person's labels of either class above which, accused in both,
            open and closed count as swapped.
        label_share: Share of the labels whose accusation is a warning rather than a note.
        smaller_class: Share of the labelled crops below which the smaller class is a warning.
        largest_person: Share of the crops above which one person is a warning.
        one_class_share: Share of the labelled crops above which people with one class only are.
        dependence: Cramér's V from which an attribute that goes with the label is a warning, if
            chance explains it too rarely.
        dependence_p: The p-value, over people, up to which it does.
    """

    hash_bits: int = 8
    near_correlation: float = 0.98
    near_share: float = 0.01
    shortcut_warning: float = 0.65
    shortcut_failure: float = 0.8
    certain_share: float = 0.02
    certain_purity: float = 0.98
    certain_people: int = 10
    range: float = 8.0
    clipped: float = 0.5
    detail: float = 0.011
    strangeness: float = 1.6
    unusable_share: float = 0.01
    label_auc: float = 0.75
    label_person: float = 0.1
    label_swapped: float = 0.6
    label_share: float = 0.01
    smaller_class: float = 0.2
    largest_person: float = 0.2
    one_class_share: float = 0.1
    dependence: float = 0.1
    dependence_p: float = 0.01

    def __post_init__(self) -> None:
        """Refuses what no number compares with: nan would switch a check off, unseen.

        Raises:
            ConfigError: A threshold is not finite.
        """
        for name, value in self.to_dict().items():
            if not isfinite(value):
                raise ConfigError(f"The limit {name} must be a finite number, not {value}.")
