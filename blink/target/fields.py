"""YAML files that a person writes: a table of fields, read and resolved."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from blink.contract import ConfigError


def load_fields(path: Path) -> DictConfig:
    """Reads a file, references as they stand there.

    Raises:
        ConfigError: There is no such file, it is no YAML, or holds no table.
    """
    try:
        content = OmegaConf.load(path)
    except (YAMLError, OmegaConfBaseException, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no YAML: {error}") from error
    except OSError as error:  # without a number it is OmegaConf's: the file holds one value
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not isinstance(content, DictConfig):
        raise ConfigError(f"{path} holds a list; a table of fields is needed.")
    return content


def plain_fields(content: Mapping[str, Any] | DictConfig, where: str) -> dict[str, Any]:
    """What a table says, references resolved.

    Args:
        content: The fields.
        where: The file, for the message.

    Raises:
        ConfigError: A reference leads nowhere, or a field that must be given is not.
    """
    try:
        config = content if isinstance(content, DictConfig) else OmegaConf.create(dict(content))
        fields = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise ConfigError(f"{where}: {error}") from error
    return {str(name): value for name, value in dict(fields).items()}  # type: ignore[arg-type]
