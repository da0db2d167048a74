"""What is wrong with a target's file, as its author can read it: one fault a line."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


def tell_faults(
    error: ValidationError, model: type[BaseModel], prefix: Sequence[str] = ()
) -> list[str]:
    """Every fault as `field.path: what should be; found what is`.

    Args:
        error: What pydantic found.
        model: What was to be built.
        prefix: Where in the file it stands.
    """
    return [
        line for fault in error.errors(include_url=False) for line in _lines(fault, model, prefix)
    ]


def nearest(name: str, allowed: Sequence[str]) -> str:
    """`did you mean …? ` where something allowed is much like a name, then all that is allowed."""
    near = get_close_matches(name, allowed, n=1, cutoff=0.5)
    guess = f"did you mean `{near[0]}`? " if near else ""
    return f"{guess}Allowed: {', '.join(allowed)}"


def _lines(fault: ErrorDetails, model: type[BaseModel], prefix: Sequence[str]) -> Iterator[str]:
    path = ".".join([*prefix, *map(str, fault["loc"])])
    kind, found = fault["type"], fault["input"]
    if kind == "extra_forbidden":
        *above, name = fault["loc"]
        allowed = list(_model_at(model, above).model_fields)
        yield f"{path}: is not known; {nearest(str(name), allowed)}"
    elif kind == "missing":
        yield f"{path}: is missing"
    elif kind == "value_error" and not path:  # of the target as a whole: each line has its own path
        yield from str(fault["ctx"]["error"]).splitlines()
    elif kind == "value_error":
        yield f"{path}: {fault['ctx']['error']}{_shown(found)}"
    else:
        yield f"{path}: {fault['msg'].removeprefix('Input ')}{_shown(found)}"


def _shown(found: Any) -> str:
    """What was found, unless it is a whole part of the file."""
    return "" if isinstance(found, (Mapping, BaseModel)) else f"; found {found!r}"


def _model_at(model: type[BaseModel], path: Sequence[int | str]) -> type[BaseModel]:
    """The model whose fields stand at a path of another one."""
    for step in path:
        if isinstance(step, int) or step not in model.model_fields:
            continue  # an entry of a list or of a table: they are all of one model
        annotation = model.model_fields[step].annotation
        parts = [annotation, *get_args(annotation)]
        model = next(
            part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)
        )
    return model
