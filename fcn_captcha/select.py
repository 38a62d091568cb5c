"""Train many starts, keep the best: ``python -m fcn_captcha.select --help``."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fcn_captcha.console.options import add_flags, take_fields
from fcn_captcha.training.settings import NAMES, Settings

if TYPE_CHECKING:
    from fcn_captcha.console.progress import Watch
    from fcn_captcha.selection.selection import Selection

_UNSTATED = object()
_BUDGETS = ("minutes", "images", "epochs")  # the rungs are the budget
DEFAULT_STARTS = ("8:4", "3:8", "1:12")


@take_fields(Settings, without=_BUDGETS)
def select(
    *,
    starts: str | Sequence[str] | None = None,
    workers: int | None = None,
    threads: int | None = None,
    backend: str = "local",
    address: str | None = None,
    resume: bool = False,
    watch: "Watch | None" = None,
    **names: Any,
) -> "Selection":
    """Trains many starts, the best of them further, and tests the best of all, as the command does.

    ``starts`` are rungs such as ``20:10 10:100 1:1500``: 20 starts for 10 epochs, the best 10 of them for 100 more,
    the best one for 1500 more, ranked on the validation part; ``8:4 3:8 1:12`` if not given. ``workers`` of them are
    trained at a time, with ``threads`` each, by ``backend``: local processes, or ``dask`` or ``ray`` at ``address``.
    The folder ``out`` then holds what :func:`~fcn_captcha.train.train` leaves, of the best, and ``starts.html`` and
    ``starts.csv``.

    With ``resume`` it goes on with the selection in ``out``. ``watch`` is told how it goes; nobody is where it is None.

    Raises ``ValueError`` for settings or data that can't be trained on, ``FileExistsError`` where ``out`` exists,
    ``ModuleNotFoundError`` where the backend is not installed.
    """
    from fcn_captcha.selection import selection
    from fcn_captcha.selection.rungs import parse_rungs

    if resume:
        out = names.get("out", Settings.out)
        record = selection.read_record(out)
        starts = starts or record["starts"]
        names = {**record["settings"], "out": out, "overwrite": False, **names}
    starts = starts or DEFAULT_STARTS
    rungs = parse_rungs(starts.split() if isinstance(starts, str) else starts)
    plan = selection.Plan(rungs, backend, address, workers, threads)
    return selection.select(plan, Settings(**names), watch, resume)


def make_parser() -> argparse.ArgumentParser:
    """Flags for the starts, and one for every field of :class:`~fcn_captcha.training.settings.Settings` but budgets."""
    parser = argparse.ArgumentParser(
        prog="python -m fcn_captcha.select",
        description="Train many starts for a few epochs, the best of them for more, and test the best of all.",
        epilog="example: python -m fcn_captcha.select --data captchas --starts 20:10 10:100 1:1500 --out runs/night",
        allow_abbrev=False,
    )
    group = parser.add_argument_group("starts")
    group.add_argument(
        "--starts",
        nargs="+",
        metavar="N:EPOCHS",
        help="rungs: so many starts, each for so many epochs more than those of the rung before "
        f"(default {' '.join(DEFAULT_STARTS)})",
    )
    group.add_argument("--workers", type=int, metavar="N", help="starts trained at a time; as many as there are cores")
    group.add_argument(
        "--threads", type=int, metavar="N", help="of each start; the cores shared among them, 1 on a cluster"
    )
    group.add_argument("--backend", default="local", metavar="S", help="local, dask or ray (default local)")
    group.add_argument(
        "--address", metavar="S", help="of the Dask scheduler, or of the Ray cluster, such as auto; one here if none"
    )
    group.add_argument("--resume", action="store_true", help="go on with the selection in --out that was ended")
    add_flags(parser, Settings, without=_BUDGETS)
    return parser


def main(arguments: list[str] | None = None) -> int:
    unstated = dict.fromkeys((name for name in NAMES if name not in _BUDGETS), _UNSTATED)
    stated = vars(make_parser().parse_args(arguments, argparse.Namespace(**unstated)))
    names = {name: value for name, value in stated.items() if value is not _UNSTATED}
    from fcn_captcha.console.progress import Watch, escape_output, fail

    escape_output()
    watch = Watch()
    try:
        found = select(**names, watch=watch)
    except KeyboardInterrupt:
        watch.say(f"stopped; --out {names.get('out', Settings.out)} --resume goes on")
        return 130
    except (ValueError, OSError, ImportError) as error:
        raise fail(error) from None
    print(f"model   {found.out / 'model.onnx'}")
    print(f"report  {found.out / 'report.html'}")
    print(f"starts  {found.out / 'starts.html'}")
    for line in found.verdict:
        print(f"verdict {line}")
    print(
        f"test    start {found.chosen.number}: exact match {found.measures.exact}, "
        f"characters {100 * found.measures.characters:.2f} %"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
