"""A command's flags from the fields of a dataclass, so that both have the same names and help."""

import argparse
from dataclasses import fields
from typing import Any

_TYPES: dict[str, type] = {"int": int, "float": float, "str": str}


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
