from pathlib import Path

import numpy as np
import pytest
from conftest import write_images

from annotation.part_folders import write_part_folder
from fcn_captcha.data.samples import Sample, read_folder


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_images(tmp_path / "images", 8, centres=True)
    samples = read_folder(tmp_path / "images").samples
    write_part_folder(tmp_path / "parts", {"train": samples[:4], "val": samples[4:6], "test": samples[6:]})
    found = read_folder(tmp_path / "parts")
    assert not [line for line in found.problems if "left out" in line or "not used" in line]
    again = {s.content: s for s in found.samples}
    assert len(again) == 8
    for part, own in (("training", samples[:4]), ("validation", samples[4:6]), ("test", samples[6:])):
        for sample in own:
            copy = again[sample.content]
            assert (copy.text, copy.part) == (sample.text, part)
            assert copy.centres is not None
            assert sample.centres is not None
            np.testing.assert_allclose(copy.centres, sample.centres, atol=0.01)


@pytest.mark.parametrize("text", ['a"b,c', "אבג", "中\\文", "a\tb", "#1", "日本"])
def test_any_string_is_kept(tmp_path: Path, text: str) -> None:
    write_images(tmp_path / "images", 2)
    one, other = read_folder(tmp_path / "images").samples
    write_part_folder(tmp_path / "parts", {"train": [Sample("1", one.image, text, path=one.path)], "test": [other]})
    assert text in [s.text for s in read_folder(tmp_path / "parts").samples]


def test_drawn_samples_are_refused(tmp_path: Path) -> None:
    sample = Sample("drawn 7", np.zeros((20, 40, 3), np.uint8), "a")
    with pytest.raises(ValueError, match="drawn 7"):
        write_part_folder(tmp_path / "parts", {"train": [sample]})
