"""Whole numbers as people write them: 5, or 4-6, or 2,4,8."""

import re


def parse_range(text: str, name: str = "length") -> tuple[int, int]:
    """'5' as (5, 5), '4-6' as (4, 6). Raises ``ValueError``, naming ``name``, for anything else."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text.strip())
    if match is None:
        raise ValueError(f"{name}: a number like 5 or a range like 4-6 is needed, got {text!r}")
    least, most = int(match[1]), int(match[2] or match[1])
    if least > most:
        raise ValueError(f"{name}: the least must not exceed the most, got {text!r}")
    return least, most


def parse_numbers(text: str, name: str) -> tuple[int, ...]:
    """'2,4,8' as (2, 4, 8). Raises ``ValueError``, naming ``name``, for anything else."""
    if re.fullmatch(r"\d+(,\d+)*", text.replace(" ", "")) is None:
        raise ValueError(f"{name}: whole numbers like 2,4,8 are needed, got {text!r}")
    return tuple(map(int, text.split(",")))
