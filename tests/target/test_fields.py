from pathlib import Path

import pytest

from blink.contract import ConfigError
from blink.target.fields import load_fields, plain_fields


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "new.yaml is no YAML: while parsing"),
        ("name: a\nname: b\n", "new.yaml is no YAML: .*found duplicate key name"),
        ("- name\n", "new.yaml holds a list; a table of fields is needed"),
        ("42", "new.yaml cannot be read: Invalid loaded object type"),
        (None, "new.yaml cannot be read: No such file or directory"),
        ("name: ${nowhere}\n", "new.yaml: Interpolation key 'nowhere' not found"),
        ("name: ???\n", "new.yaml: Missing mandatory value: name"),
    ],
)
def test_fields_are_refused_when_the_file_holds_no_table_that_can_be_resolved(
    tmp_path: Path, text: str | None, message: str
) -> None:
    path = tmp_path / "new.yaml"
    if text is not None:
        path.write_text(text, "utf-8")

    with pytest.raises(ConfigError, match=f"(?s){message}"):
        plain_fields(load_fields(path), str(path))


def test_fields_are_resolved_when_they_name_each_other(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    path.write_text("name: eye\ntitle: ${name}s\n3: c\n", "utf-8")

    assert plain_fields(load_fields(path), str(path)) == {"name": "eye", "title": "eyes", "3": "c"}
