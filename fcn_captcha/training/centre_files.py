"""The centres that a training found, as files beside the images."""

from pathlib import Path

from fcn_captcha.console.progress import Watch
from fcn_captcha.data.labelme import write_labelme
from fcn_captcha.maps.reading_order import find_order, reorder
from fcn_captcha.training.dataset import Dataset


def write_centres(dataset: Dataset, overwrite: bool, watch: Watch) -> None:
    """The training part's centres as labelme JSON beside the images."""
    written = kept = 0
    owners: dict[Path, str] = {}
    for sample, example in zip(dataset.parts.training, dataset.real, strict=True):
        if sample.path is None or example.known or example.centres_px is None:
            continue
        target = sample.path.with_suffix(".json")
        if owners.setdefault(target, sample.name) != sample.name:
            watch.say(f"warning: {sample.path}: its centres have no file, as {target.name} is of {owners[target]}")
            continue
        if target.exists() and not overwrite:
            kept += 1
            continue
        centres_px = example.centres_px[find_order(reorder(sample.text))]
        centres = example.to_ink.invert(centres_px)
        height, width = sample.image.shape[:2]
        write_labelme(target, sample.path, (width, height), sample.text, centres)
        written += 1
    watch.say(f"wrote the centres of {written} images as labelme JSON" + (f"; {kept} existed and stay" if kept else ""))
