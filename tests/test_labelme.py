import json
from pathlib import Path

import numpy as np
import pytest
from conftest import write_png

from fcn_captcha.images import DataError
from fcn_captcha.labelme import read_labelme, write_labelme
from fcn_captcha.samples import read_folder


def test_labelme_round_trip_and_reading_from_left_to_right(tmp_path: Path) -> None:
    image = write_png(tmp_path / "ab.png")
    centres = np.array([(3.25, 4.0), (30.5, 6.75)])
    write_labelme(tmp_path / "ab.json", image, (40, 20), "ab", centres)
    text, found = read_labelme(tmp_path / "ab.json")
    assert text == "ab"
    np.testing.assert_allclose(found, centres, atol=0.01)
    record = json.loads((tmp_path / "ab.json").read_text())
    assert {"imagePath", "imageData", "shapes"} <= set(record)
    assert {"label", "points", "shape_type"} <= set(record["shapes"][0])
    record["shapes"].reverse()
    (tmp_path / "ab.json").write_text(json.dumps(record))
    (sample,) = read_folder(tmp_path).samples
    assert sample.text == "ab"
    assert sample.centres is not None
    np.testing.assert_allclose(sample.centres, centres, atol=0.01)


def test_points_that_do_not_spell_the_label_are_not_used(tmp_path: Path) -> None:
    image = write_png(tmp_path / "1.png")
    write_labelme(tmp_path / "1.json", image, (40, 20), "ab", np.array([(1, 1), (9, 1)]))
    (tmp_path / "metadata.csv").write_text("file_name,text\n1.png,ba\n")
    folder = read_folder(tmp_path)
    assert folder.samples[0].centres is None
    assert "its points spell 'ab', the label is 'ba'" in folder.problems[0]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"shapes": 3}',
        '{"shapes": [{"shape_type": "point", "label": "ab", "points": [[1, 2]]}]}',
        '{"shapes": [{"shape_type": "point", "label": "a", "points": [[1, NaN]]}]}',
        '{"shapes": [{"shape_type": "point", "label": "a", "points": [[1]]}]}',
    ],
)
def test_damaged_labelme_files_are_named(tmp_path: Path, content: str) -> None:
    write_png(tmp_path / "a.png")
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DataError, match=r"a\.json"):
        read_labelme(tmp_path / "a.json")
