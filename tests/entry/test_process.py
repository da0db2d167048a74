import warnings

import pytest

from blink.entry.process import prepare_process, spell_nulls


def test_process_hushes_lightning_when_a_run_is_shorter_than_its_logging_interval() -> None:
    with warnings.catch_warnings(record=True) as heard:
        prepare_process()
        warnings.warn(
            "The number of training batches (4) is smaller than the logging interval", stacklevel=1
        )
    assert not heard


def test_spell_nulls_leaves_a_group_out_when_no_run_needs_it() -> None:
    words = ["-m", "target=null", "latency=null", "heuristics.members=null", "seed=0,1"]
    assert spell_nulls(words) == ["-m", "~target", *words[2:]]


@pytest.mark.parametrize("group", ["augment", "optim/loss", "data/collection@films"])
def test_spell_nulls_names_the_options_of_other_groups(group: str) -> None:
    with pytest.raises(SystemExit, match=f"{group}=null: .* Choose {group} among: .*'~{group}'"):
        spell_nulls([f"{group}=null"])
