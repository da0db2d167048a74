"""What each finding means and what to do about it, for the page."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Explanation:
    """For a reader who sees a finding for the first time.

    Attributes:
        meaning: What was looked at, and why it matters.
        remedy: What to do.
    """

    meaning: str
    remedy: str


GUIDE: Final[dict[str, Explanation]] = {
    "people-across-roles": Explanation(
        "The same person trains and tests. Eyes of one person are so alike that the test then asks "
        "for memory, not for lids.",
        "Make the split with whole people: blink data split.",
    ),
    "clips-across-roles": Explanation(
        "Frames of one recording stand on both sides; neighbours are nearly one picture.",
        "Make the split with whole people and clips: blink data split.",
    ),
    "exact-duplicates-across-roles": Explanation(
        "The very picture that is tested was trained on.",
        "Drop one of each, or give both the same person or clip, and split again.",
    ),
    "near-duplicates-across-roles": Explanation(
        "A perceptual hash proposes pairs, their pixels decide: different people's eyes look "
        "alike, so that a hash alone proves nothing.",
        "Look at the pairs: where they are one person under two names, mend the names and split "
        "again.",
    ),
    "exact-duplicates": Explanation(
        "Pictures whose pixels are the same, whatever their file.",
        "Harmless within a person; they add no information.",
    ),
    "one-picture-of-two-people": Explanation(
        "Pictures whose pixels are the same were taken of one eye, so that two names mean one "
        "person, or one of the names is wrong. Only a picture that shows nothing can be anybody's.",
        "Mend the names where the data set is imported, so that one person has one name "
        "everywhere; drop what shows nothing, and copies whose person is not known (blink data "
        "relabel). Then split again.",
    ),
    "people-named-alike": Explanation(
        "Guest 2 and guest 2, or anna-01 and Anna01: one person who was written in two ways is two "
        "people to every check and every split. Names that differ in a digit are never alike.",
        "Look at the pictures. Where they are one person, write the name in one way in the source, "
        "import and split again; else nothing is wrong.",
    ),
    "label-conflicts": Explanation(
        "One picture cannot be both open and closed: at least one of its labels is wrong, or the "
        "eye is half-closed.",
        "corrections.csv suggests to drop both; write the label that you see instead.",
    ),
    "near-duplicates": Explanation(
        "Frames of one recording that differ by little more than noise. The crops are fewer than "
        "their number says.",
        "Weigh people or clips rather than crops; keep whole people on one side of a split.",
    ),
    "near-label-conflicts": Explanation(
        "Somewhere between two such frames somebody drew the line between open and closed.",
        "Empty the label of those that nobody can call.",
    ),
    "shortcuts": Explanation(
        "Size, brightness, sharpness, border, format and source say nothing of the lids. Where "
        "they predict the label of unseen people, so can a model, and it fails where they do not.",
        "Find out how the feature came to go with the label (a size filter, another source for one "
        "class) and mend that; else balance the classes within it.",
    ),
    "blank": Explanation("Nothing is to be seen in these.", "Drop them."),
    "saturated": Explanation(
        "Black or white for the most part.", "Drop those that nobody can call."
    ),
    "blurred": Explanation(
        "Too little detail for their contrast.",
        "Drop those that nobody can call; blurred eyes that can be called are worth keeping.",
    ),
    "no-eye": Explanation(
        "Shapes unlike the other crops of the set; a hint of where to look, no proof.",
        "Drop what is no eye.",
    ),
    "label-errors": Explanation(
        "A small classifier (gradients and pixels, boosted trees) was fitted five times, each time "
        "without a fifth of the people, and judged those. A label is accused where the classifier "
        "is surer of the other class than it usually is of that class (confident learning, "
        "cleanlab). It is often right about half-closed eyes and crops without an eye; it is wrong "
        "about narrow open eyes, dim light and glasses. Each person is shown at most three times.",
        "Open corrections.csv, delete the lines that you do not agree with, empty `suggested` for "
        "eyes that nobody can call, write `drop` for what is no eye; then: blink data relabel DIR "
        "corrections.csv --out NEW.",
    ),
    "label-errors-strangers": Explanation(
        "Confident learning accuses whole people where a classifier has never seen their like. "
        "That says more of the classifier, or of the person's lighting and camera, than of labels.",
        "Look at these people yourself. If their labels are right they are the hardest people "
        "here, and worth more than many easy ones.",
    ),
    "label-errors-swapped": Explanation(
        "Where a classifier fails on a person it calls their eyes all open, or all closed. Here it "
        "tells the two apart, and the labels say the opposite: mostly a session, a folder or an "
        "annotator with the words reversed. A model learns the opposite from them, and one such "
        "person among few who are tested pulls the figures down.",
        "Look at the pictures. Where open and closed are swapped keep the person's lines in "
        "corrections.csv, which turn every label of theirs, and mend the source; else delete those "
        "lines. Then: blink data relabel DIR corrections.csv --out NEW.",
    ),
    "class-balance": Explanation(
        "How many eyes are open, closed and not known.",
        "A model sees the classes as often as its sampler says; scores that do not weigh them "
        "alike, as accuracy and F1, depend on this share.",
    ),
    "people-balance": Explanation(
        "What a model learns of one person's eyes says little of another's, so people count, not "
        "crops.",
        "Weigh people alike where few have many crops; add people rather than crops.",
    ),
    "one-class-people": Explanation(
        "Somebody of whom only open eyes are known teaches that a face is open; if their camera "
        "and light are their own, so are these.",
        "Add the other class for them, or keep them out of the test people, where they would "
        "make a recall out of one class.",
    ),
    "missing-attributes": Explanation(
        "What is known of each crop beside its label. What is missing is never guessed, and "
        "cannot be sliced over.",
        "Nothing, unless you want to know how a model fares on the groups that are missing.",
    ),
    "attribute-dependence": Explanation(
        "Cramér's V between an attribute and the label: 0 not at all, 1 wholly. The p-value deals "
        "the attribute out to other people, since crops of one person are not independent: it says "
        "how often chance among so few people does as much.",
        "Balance the label within each value, by sampling or by more data; read the slices of the "
        "evaluation by these attributes.",
    ),
}
"""Name of a finding → what it means and what to do."""


def explain(name: str) -> Explanation | None:
    """What explains a finding; one of a single data set, as `shortcuts-mrl`, shares its kind's."""
    kinds = [kind for kind in GUIDE if name == kind or name.startswith(f"{kind}-")]
    return GUIDE[max(kinds, key=len)] if kinds else None
