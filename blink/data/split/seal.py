"""A sealed split: its test people are looked at in public."""

from datetime import datetime
from pathlib import Path

from blink.contract import ConfigError, atomic_file
from blink.data.split.ledger import Ledger
from blink.data.split.table import SEALED, Split, ledger_path


def seal_split(path: Path) -> Ledger:
    """Seals the test people of a saved split: from now on every look at them is counted.

    A line in the split's head says so, which does not change its fingerprint; the ledger lies
    beside it, and the split is refused without it. Where this was interrupted, it is gone on with.

    Args:
        path: The split.

    Raises:
        ConfigError: It is sealed already, tests nobody, or is leaky.
        DataError: It is no split, or there is a ledger of another one, or one with looks.
        StorageError: The folder cannot be written.
    """
    split = Split.parse(path)
    if split.ledgers:
        raise ConfigError(f"{path} is sealed already; {ledger_path(path)} counts its looks.")
    return write_sealed(split, path)


def write_sealed(split: Split, path: Path, older: Split | None = None) -> Ledger:
    """Writes a split that is sealed as soon as it is there, see `seal_split`.

    Args:
        split: Not sealed yet.
        path: Where it is to stand.
        older: A split with the same test people; looks at them are counted on from there.

    Raises:
        ConfigError: It tests nobody, or is leaky.
        DataError: There is a ledger of another split, or one with looks.
        StorageError: The folder cannot be written.
    """
    if split.is_leaky:
        raise ConfigError(f"{path} is leaky: its test crops are of people trained on. Not sealed.")
    if not split.held_out:
        raise ConfigError(f"{path} has no test people, so there is nothing to seal.")
    ledger = Ledger(ledger_path(path), split.fingerprint, must_exist=True)
    counted = set(older.ledgers.values()) if older is not None else set()
    looks = [look for one in counted for look in one.looks()]
    ledger.start(datetime.now().astimezone().isoformat(timespec="seconds"), looks)
    head, _, rest = split.text().partition("\n")
    with atomic_file(path) as temporary:
        temporary.write_text(f"{head}\n{SEALED}\n{rest}", encoding="utf-8", newline="")
    return ledger
