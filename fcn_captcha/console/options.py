"""A command's flags, a function's arguments and a generator's options, all from the fields of a dataclass."""

import argparse
import inspect
from collections.abc import Callable, Container
from dataclasses import field, fields
from typing import Any, TypeVar, get_args, get_type_hints

Function = TypeVar("Function", bound=Callable[..., Any])


def setting(default: Any, help: str, group: str = "") -> Any:
    """A field with its default, the help of its flag, and the heading that the flag stands under."""
    return field(default=default, metadata={"help": help, "group": group})


def find_types(kind: Any) -> dict[str, type]:
    """What each field of a dataclass is given as: int, float or bool, else text. Of ``int | None`` it is int."""
    hints = get_type_hints(kind)
    first = {f.name: (get_args(hints[f.name]) or (hints[f.name],))[0] for f in fields(kind) if f.init}
    return {name: of if of in (int, float, bool) else str for name, of in first.items()}


def take_fields(kind: Any, without: Container[str] = ()) -> Callable[[Function], Function]:
    """For a function of ``**names``: its signature and docstring then have the fields of the dataclass ``kind``."""
    shown_fields = [f for f in fields(kind) if f.name not in without]

    def show(function: Function) -> Function:
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        named = [
            inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=f.type)
            for f in shown_fields
        ]
        lines = "".join(f"\n    {f.name}: {f.metadata['help']}" for f in shown_fields)
        function.__signature__ = signature.replace(parameters=[*own, *named])  # type: ignore[attr-defined]
        function.__doc__ = f"{inspect.cleandoc(function.__doc__ or '')}\n\n{kind.__name__}, by name:{lines}\n"
        return function

    return show


def add_flags(
    parser: argparse.ArgumentParser, kind: Any, heading: str = "options", without: Container[str] = ()
) -> None:
    """A flag for every field of the dataclass ``kind``, each made by :func:`setting`, under its group's heading."""
    types = find_types(kind)
    groups: dict[str, argparse._ArgumentGroup] = {}
    for own in fields(kind):
        if own.name in without:
            continue
        title = own.metadata["group"] or heading
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        group = groups[title]
        flag, text = "--" + own.name.replace("_", "-"), own.metadata["help"].replace("%", "%%")
        if types[own.name] is bool:
            group.add_argument(flag, action="store_true", help=text)
            continue
        shown = "" if own.default is None or len(str(own.default)) > 60 else f" (default {own.default})"
        name = {int: "N", float: "X", str: "S"}[types[own.name]]
        group.add_argument(flag, type=types[own.name], default=own.default, metavar=name, help=text + shown)
