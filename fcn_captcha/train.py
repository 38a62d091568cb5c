"""Train a reader from images and their strings: ``python -m fcn_captcha.train --help``."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fcn_captcha.console.options import add_flags, take_fields
from fcn_captcha.training.settings import NAMES, Settings

if TYPE_CHECKING:
    from keras.callbacks import Callback

    from fcn_captcha.console.progress import Watch
    from fcn_captcha.evaluation.result import Result

_UNSTATED = object()


@take_fields(Settings)
def train(
    *, resume: bool = False, watch: "Watch | None" = None, callbacks: "Sequence[Callback]" = (), **names: Any
) -> "Result":
    """Trains a reader and tests it, as the command does.

    ``watch`` is told how it goes; nobody is where it is None. Returns the result; the folder ``out``
    then holds ``model.keras``, ``history.csv``, ``settings.json``, ``measures.json`` and ``report.html``.

    Raises ``ValueError`` (of which :class:`~fcn_captcha.data.errors.DataError` is one) for settings or
    data that can't be trained on, ``FileExistsError`` where ``out`` exists.

    With ``resume`` it goes on with the training in ``out`` that was killed, crashed or stopped. Settings stated
    again must be as they were; only a budget may be raised. ``ValueError`` where there is none, or data differ.

    ``callbacks`` are called as by Keras's ``fit``: at the begin and end of training, of each epoch and each batch.
    An epoch's logs are ``loss``, ``learning_rate``, ``images`` (shown so far), ``seconds``, ``waiting``,
    ``movement_px`` once centres are aligned and, where the epoch ended with a reading of the validation part (each
    does with a budget of images or epochs), ``val_exact_match``, ``val_character_accuracy`` (give
    ``mode="max"``) and ``val_threshold``. ``model.stop_training`` ends the training as its budget would. Learning
    rate and choice of weights stay the training's own: the reader has the weights that read the validation part best.
    An exception is raised here; the checkpoint of the last whole epoch stays, so ``resume`` goes on from it. What a
    callback remembers is no part of the checkpoint: after ``resume`` it begins anew, with the epochs counted on.
    """
    settings = None if resume else Settings(**names)  # a wrong one is found before Keras is loaded, which takes seconds
    from fcn_captcha.model.backend import load_keras

    load_keras()
    from fcn_captcha.training import job

    return job.train(settings, watch, callbacks) if settings else job.resume(names, watch, callbacks)


def make_parser() -> argparse.ArgumentParser:
    """A flag for every field of :class:`~fcn_captcha.training.settings.Settings`."""
    parser = argparse.ArgumentParser(
        prog="python -m fcn_captcha.train",
        description="Train a reader from images and their strings, test it, and write it to a folder.",
        epilog="example: python -m fcn_captcha.train --data captchas --out runs/first",
        allow_abbrev=False,
    )
    add_flags(parser, Settings)
    parser.add_argument(
        "--overfit", type=int, metavar="N", help="memorise the first N images, to see whether they can be, and stop"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the training in --out that was killed, crashed or stopped"
    )
    return parser


def main(arguments: list[str] | None = None) -> int:
    parser = make_parser()
    # A name that is there already gets no default, so what was stated is told from what was not.
    stated = vars(parser.parse_args(arguments, argparse.Namespace(**dict.fromkeys(NAMES, _UNSTATED))))
    names = {name: value for name, value in stated.items() if value is not _UNSTATED}
    count, resume = names.pop("overfit"), names.pop("resume")
    if resume and count is not None:
        parser.error("--overfit ends by itself; there is nothing to --resume")
    from fcn_captcha.console.progress import Watch, escape_output, fail
    from fcn_captcha.model.backend import load_keras
    from fcn_captcha.synthesis import find_generator

    escape_output()
    watch = Watch()
    try:
        settings = None if resume else Settings(**names)  # before Keras is loaded, which takes seconds
        if settings and settings.generator is not None:
            find_generator(settings.generator, settings.generator_options)
        load_keras()
        from fcn_captcha.training import job

        if settings is None:
            return show(job.resume(names, watch))
        return show(job.train(settings, watch)) if count is None else check(settings, count, watch)
    except (ValueError, OSError, ImportError) as error:
        raise fail(error) from None


def show(result: "Result") -> int:
    """Prints what a training came to. Returns the status to end with."""
    from fcn_captcha.model.model_file import ONNX_NAME, find_model

    print(f"model   {find_model(result.out, ONNX_NAME)}")
    print(f"report  {result.out / 'report.html'}")
    for line in result.verdict:
        print(f"verdict {line}")
    print(f"test    exact match {result.measures.exact}, characters {100 * result.measures.characters:.2f} %")
    return 130 if result.interrupted else 0


def check(settings: Settings, count: int, watch: "Watch") -> int:
    from fcn_captcha.training.memorising import memorise

    found = memorise(settings, count, watch)
    right = found.images - len(found.failures)
    print(f"memorised {right} of {found.images} images in {found.seconds:.0f} s")
    for name, label, reading in found.failures:
        print(f"could not learn {name}: the label is {label!r}, it reads {reading!r}")
    return 1 if found.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
