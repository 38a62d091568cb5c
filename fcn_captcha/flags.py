"""A command's flags, and a function's arguments, from the fields of a dataclass: the same names, defaults and help."""

import argparse
import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

_TYPES: dict[str, type] = {"int": int, "float": float, "str": str}
Function = TypeVar("Function", bound=Callable[..., Any])


def take_fields(kind: Any) -> Callable[[Function], Function]:
    """For a function of ``**names``: its signature and docstring then have the fields of the dataclass ``kind``."""

    def show(function: Function) -> Function:
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        named = [
            inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=f.type)
            for f in fields(kind)
        ]
        lines = "".join(f"\n    {f.name}: {f.metadata['help']}" for f in fields(kind))
        function.__signature__ = signature.replace(parameters=[*own, *named])  # type: ignore[attr-defined]
        function.__doc__ = f"{inspect.cleandoc(function.__doc__ or '')}\n\n{kind.__name__}, by name:{lines}\n"
        return function

    return show


def add_flags(parser: argparse._ActionsContainer, kind: Any) -> None:
    """A flag for every field of the dataclass ``kind``, each made by :func:`fcn_captcha.settings.setting`."""
    for field in fields(kind):
        flag, text = "--" + field.name.replace("_", "-"), field.metadata["help"].replace("%", "%%")
        if field.type is bool:
            parser.add_argument(flag, action="store_true", help=text)
            continue
        of = _TYPES[str(field.type).split(" | ")[0].removeprefix("<class '").removesuffix("'>")]
        shown = "" if field.default is None or len(str(field.default)) > 60 else f" (default {field.default})"
        name = {int: "N", float: "X", str: "S"}[of]
        parser.add_argument(flag, type=of, default=field.default, metavar=name, help=text + shown)
