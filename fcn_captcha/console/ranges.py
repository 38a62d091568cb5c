"""Ranges of whole numbers as people write them: 5, or 4-6."""

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
