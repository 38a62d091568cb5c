"""What every table shares: the machine it was measured on, its rows on disk, its Markdown."""

import argparse
import json
import os
import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from fcn_captcha.evaluation.metrics import Share

RESULTS = Path(__file__).parent / "results"


def describe_machine() -> str:
    """Processor, cores and versions, in one line."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    for line in text.splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    units = {"amx_bf16": "AMX", "avx512_bf16": "AVX512_BF16"}
    quick = " and ".join(unit for flag, unit in units.items() if f" {flag}" in text)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = []
    for name in ("tensorflow", "keras"):
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            packages.append(f"no {name}")
    return (
        f"{model}{quick and ' with ' + quick}, {cores} cores, Python {platform.python_version()}, {', '.join(packages)}"
    )


def write_result(name: str, command: str, rows: list[dict[str, Any]]) -> Path:
    """``results/<name>.json``, with the command and machine it came from."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    record = {"command": command, "machine": describe_machine(), "date": date.today().isoformat(), "rows": rows}
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def add_budget(parser: argparse.ArgumentParser) -> None:
    """The flags of a training's budget: minutes, or images shown."""
    parser.add_argument("--minutes", type=float, metavar="X", help="budget of each training (default 4)")
    parser.add_argument("--images", type=int, metavar="N", help="a budget of images shown instead, repeats counted")


def find_budget(options: argparse.Namespace) -> tuple[str, float]:
    """The budget's setting and its amount."""
    return ("minutes", options.minutes or 4.0) if options.images is None else ("images", options.images)


def describe_share(share: Share) -> dict[str, Any]:
    """Two columns of a row: exact match and its 95 % interval."""
    low, high = share.interval
    return {
        "exact match, %": round(100 * share.value, 2),
        "95 % interval": f"{100 * low:.2f} to {100 * high:.2f}",
    }


def describe_speeds(speeds: dict[str, list[float]]) -> dict[str, dict[str, Any]]:
    """Two columns of each way's row: the median of its rounds, and times the first way, round by round."""
    base = next(iter(speeds.values()))
    columns = {}
    for name, values in speeds.items():
        ratios = [value / first for value, first in zip(values, base, strict=True)]
        columns[name] = {
            "images/s": round(median(values)),
            "times the first": f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
        }
    return columns


def make_markdown(rows: list[dict[str, Any]]) -> str:
    """The rows as a Markdown table, columns in the order of the first row."""
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(str(row[name]) for name in names) + " |" for row in rows]
    return "\n".join(lines)
