"""A folder of links to images, whose parts and strings are stated: what a training is given."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from fcn_captcha.data.files import write_whole
from fcn_captcha.data.labelme import write_labelme
from fcn_captcha.data.samples import Sample

TABLE_NAME = "metadata.jsonl"


def write_part_folder(folder: Path, parts: Mapping[str, Sequence[Sample]]) -> None:
    """Makes ``folder``, which :func:`fcn_captcha.train` takes as its ``data``.

    Args:
        folder: must not exist yet, or be empty.
        parts: ``train``, ``val`` and ``test``, the sub-folders' names; samples must be from files.

    The images are links, or copies where the system makes no links; strings are in a table, centres in
    labelme files beside the links. The samples' own folder is only read.
    """
    rows = []
    for part, samples in parts.items():
        (folder / part).mkdir(parents=True)
        for number, sample in enumerate(samples):
            if sample.path is None:
                raise ValueError(f"parts: samples from files are needed, {sample.name} is from none")
            link = folder / part / f"{number:06d}{sample.path.suffix.lower()}"
            _link(sample.path.resolve(), link)
            if sample.centres is not None:
                height, width = sample.image.shape[:2]
                write_labelme(link.with_suffix(".json"), link, (width, height), sample.text, sample.centres)
            rows.append(json.dumps({"file_name": f"{part}/{link.name}", "text": sample.text}, ensure_ascii=False))
    write_whole(folder / TABLE_NAME, "\n".join(rows) + "\n")


def _link(source: Path, link: Path) -> None:
    try:
        os.symlink(source, link)
    except OSError:  # Windows without the right to
        shutil.copyfile(source, link)
