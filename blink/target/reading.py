"""Targets as files: read, built, and refused with all faults at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from omegaconf import DictConfig
from pydantic import ValidationError

from blink.contract import ConfigError
from blink.contract.places import CONF
from blink.target import products
from blink.target.faults import nearest, tell_faults
from blink.target.fields import load_fields, plain_fields
from blink.target.hosting import Hosting
from blink.target.setting import Setting
from blink.target.target import Target

FOLDER: Final = (CONF if CONF.is_dir() else Path("conf")) / "target"
"""Of the repository; an installed package has none, and looks where it is started."""


def read_target(name_or_path: str | Path, folder: Path = FOLDER) -> Target:
    """Reads a target's file.

    Args:
        name_or_path: Its name among the project's targets, such as `iris_login`, or any YAML file.
        folder: Where the project's targets are.

    Raises:
        ConfigError: There is no such target, the file is no YAML, or it contradicts itself; the
            message says all that is wrong, one fault a line.
    """
    path = _find(str(name_or_path), folder)
    target = build_target(load_fields(path), str(path))
    if target.name != path.stem:
        raise ConfigError(
            f"{path}: name: should be the file's, {path.stem!r}; found {target.name!r}"
        )
    return target


def build_target(content: Mapping[str, Any] | DictConfig, where: str) -> Target:
    """Builds a target from what its file says.

    Args:
        content: The fields; `product` names its class as `_target_`.
        where: The file, for the message.

    Raises:
        ConfigError: It contradicts itself; the message says all that is wrong, one fault a line.
    """
    fields = plain_fields(content, where)
    faults: list[str] = []
    node = fields.pop("product", None)
    product = _build_product(node, faults)
    try:
        return Target.model_validate(fields | ({} if product is None else {"product": product}))
    except ValidationError as error:
        others = tell_faults(error, Target)
        faults += [fault for fault in others if not (faults and fault == "product: is missing")]
    listed = "\n  ".join(faults)
    raise ConfigError(f"{where} is no target that can be built:\n  {listed}")


def read_hosting(path: Path, others: Hosting) -> Hosting:
    """Reads assumptions of `blink advise`.

    Args:
        path: A YAML file with some of the fields of `Hosting`.
        others: For the fields that the file does not name.

    Raises:
        ConfigError: There is no such file, or a field is not known or out of its range.
    """
    named = plain_fields(load_fields(path), str(path))
    try:
        return Hosting.model_validate(others.model_dump() | named)
    except ValidationError as error:
        listed = "\n  ".join(tell_faults(error, Hosting))
        raise ConfigError(f"{path} cannot be taken for prices:\n  {listed}") from error


def _find(name_or_path: str, folder: Path) -> Path:
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"} or len(path.parts) > 1:
        if path.is_file():
            return path
        raise ConfigError(f"There is no file {path}.")
    path = folder / f"{name_or_path}.yaml"
    if path.is_file():
        return path
    known = sorted(file.stem for file in folder.glob("*.yaml"))
    if not known:
        raise ConfigError(
            f"There are no targets in {folder.absolute()}. Start `blink` in the folder of the "
            "project, or name a target's file."
        )
    raise ConfigError(
        f"There is no target {name_or_path!r} in {folder}; {nearest(name_or_path, known)}. A new "
        "target is one file there; any other file can be named by its path."
    )


def _build_product(node: Any, faults: list[str]) -> Setting | None:
    """The product, or None and its faults. Nothing that a file names is called before it is known.

    Hydra's `instantiate` would call whatever stands there, within the product's fields too.
    """
    known = {f"{products.__name__}.{name}": getattr(products, name) for name in products.__all__}
    if node is None:
        return None
    if not isinstance(node, dict) or "_target_" not in node:
        faults.append(f"product._target_: is missing; {nearest('', list(known))}")
        return None
    named = str(node["_target_"])
    if named not in known:
        faults.append(f"product._target_: {named!r} is no product; {nearest(named, list(known))}")
        return None
    kind: type[Setting] = known[named]
    try:
        return kind.model_validate({name: node[name] for name in node if name != "_target_"})
    except ValidationError as error:
        faults += tell_faults(error, kind, ["product"])
        return None
