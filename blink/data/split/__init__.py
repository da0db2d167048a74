"""Who of a data set's people trains, validates and tests: a table, made once and saved.

The table is `Split`; the rules that make one are `SplitByPerson` (people-disjoint, in folds),
`DataSetOut`, `SensorOut`, `Carried` (the roles of an older split), and, to show what a leak is
worth, `LeakyRows`.
"""

from blink.data.split.alike import alike_across
from blink.data.split.balance import balance_of
from blink.data.split.by_person import SplitByPerson
from blink.data.split.carried import Carried
from blink.data.split.copies import pictures_across
from blink.data.split.data_set_out import DataSetOut
from blink.data.split.described import describe_rule
from blink.data.split.everybody import everybody_tested
from blink.data.split.holdout import Everybody, Hashed, HoldoutRule, Named, Share
from blink.data.split.leaky import LeakyRows
from blink.data.split.mending import is_of_older
from blink.data.split.seal import seal_split, write_sealed
from blink.data.split.sensor_out import SensorOut
from blink.data.split.table import ASIDE, ROLES, TEST, TRAIN, VAL, Rule, Split, ledger_path

__all__ = [
    "ASIDE",
    "ROLES",
    "TEST",
    "TRAIN",
    "VAL",
    "Carried",
    "DataSetOut",
    "Everybody",
    "Hashed",
    "HoldoutRule",
    "LeakyRows",
    "Named",
    "Rule",
    "SensorOut",
    "Share",
    "Split",
    "SplitByPerson",
    "alike_across",
    "balance_of",
    "describe_rule",
    "everybody_tested",
    "is_of_older",
    "ledger_path",
    "pictures_across",
    "seal_split",
    "write_sealed",
]
