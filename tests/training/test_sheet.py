from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import write_images
from fixed_readers import make_fixed_reader

from fcn_captcha.data.images import Pixels
from fcn_captcha.reading.drawing import draw_reading
from fcn_captcha.training import sheet as sheet_module
from fcn_captcha.training.dataset import make_dataset
from fcn_captcha.training.loop import Loop
from fcn_captcha.training.settings import Settings
from fcn_captcha.training.sheet import draw_sheet
from fcn_captcha.training.validation import Validation


@pytest.mark.parametrize("count", [1, 5, 9])
def test_the_first_six_images_stand_in_two_columns_as_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    write_images(tmp_path, 60)
    settings = Settings(data=str(tmp_path))
    dataset = make_dataset(settings)
    samples = (dataset.parts.validation + dataset.parts.training)[:count]
    dataset.parts = replace(dataset.parts, validation=samples)
    loop = Loop(dataset, settings, 0.0)
    reader = make_fixed_reader(dataset.alphabet.characters, [("b", 12, 12, 0.95), ("4", 30, 12, 0.5)])
    monkeypatch.setattr(Validation, "predict", property(lambda validation: reader.predict))
    monkeypatch.setattr(sheet_module, "_MOST_WIDE_PX", 10_000)
    sheet = draw_sheet(loop, 0.4)
    wanted = [np.asarray(draw_reading(s.image, reader.read(s.image), s.text)) for s in samples[:6]]
    height, width = (max(picture.shape[axis] for picture in wanted) for axis in (0, 1))
    width += 24
    assert sheet.shape == (-(-len(wanted) // 2) * height, 2 * width, 3)
    for i, picture in enumerate(wanted):
        assert (cut(sheet, i, height, width)[: picture.shape[0], : picture.shape[1]] == picture).all()
    if count == 5:
        assert (cut(sheet, 5, height, width) == 255).all()
    monkeypatch.setattr(sheet_module, "_MOST_WIDE_PX", width)
    assert draw_sheet(loop, 0.4).shape == (sheet.shape[0] // 2, width, 3)
    assert (draw_sheet(loop, 0.6) != draw_sheet(loop, 0.4)).any()  # at another threshold there is no 4


def cut(sheet: Pixels, number: int, height: int, width: int) -> Pixels:
    row, column = divmod(number, 2)
    return sheet[row * height : (row + 1) * height, column * width : (column + 1) * width]
