import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import write_png
from folders import fill, tell
from PIL import Image

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.labelme import write_labelme
from fcn_captcha.data.samples import read_folder
from fcn_captcha.data.splits import split_samples


def test_three_labels_are_shown_with_what_told_them(tmp_path: Path) -> None:
    fill(tmp_path, *(f"ab{c}-7.png" for c in "vwxyz"))
    (note,) = read_folder(tmp_path).notes
    assert note.startswith("labels from the file names up to the last '-'")
    assert note.endswith("abv-7.png -> abv, abx-7.png -> abx, abz-7.png -> abz")


def test_a_pattern_counts_before_all_else(tmp_path: Path) -> None:
    fill(tmp_path, "00AD_51492e0d.png", "0197_c8d74cc2.png", "odd.png")
    (tmp_path / "metadata.csv").write_text("file_name,text\nodd.png,no\n")
    folder = read_folder(tmp_path, "(.+)_[0-9a-f]+")
    assert tell(folder) == {"00AD_51492e0d.png": "00AD", "0197_c8d74cc2.png": "0197"}
    assert any("odd.png: its name does not match --label-pattern" in p for p in folder.problems)
    assert any("metadata.csv: not read, as --label-pattern is given" in p for p in folder.problems)
    with pytest.raises(DataError, match=r"none of its images can be used(.|\n)*does not match --label-pattern"):
        read_folder(tmp_path, "(q)")
    with pytest.raises(ValueError, match="label_pattern: a group"):
        read_folder(tmp_path, "q")


def test_a_folder_for_each_label(tmp_path: Path) -> None:
    fill(tmp_path, "A/0.png", "A/1.png", "B/0.png", "B/1.png", "B/cover.png")
    (tmp_path / "B" / "cover.png").unlink()
    fill(tmp_path, "stray.png")
    folder = read_folder(tmp_path)
    assert tell(folder) == {"stray.png": "stray", "A/0.png": "A", "A/1.png": "A", "B/0.png": "B", "B/1.png": "B"}
    assert any(n.startswith("labels from the folders' names, as the files in them are numbered") for n in folder.notes)


def test_shards_are_no_labels(tmp_path: Path) -> None:
    fill(tmp_path, "00000/abc-0.png", "00000/abd-1.png", "00001/xyz-2.png", "stray.png")
    assert set(tell(read_folder(tmp_path)).values()) == {"abc", "abd", "xyz", "stray"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such file names")
def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    fill(tmp_path, "AB12.png")
    odd = os.fsencode(tmp_path) + b"/\xd6\xd0.png"
    with open(odd, "wb") as file:
        file.write(write_png(tmp_path / "CD.png", 90).read_bytes())
    (tmp_path / "CD.png").unlink()
    folder = read_folder(tmp_path)
    assert tell(folder) == {"AB12.png": "AB12"}
    assert folder.problems == (f"{tmp_path}/\\xd6\\xd0.png: its name is not UTF-8, so it tells no label (left out)",)
    with open(odd.replace(b".png", b".txt"), "w") as text:
        text.write("XY")
    (tmp_path / "AB12.txt").write_text("AB")
    folder = read_folder(tmp_path)
    assert tell(folder) == {"AB12.png": "AB", "\\xd6\\xd0.png": "XY"}
    json.dumps(folder.notes).encode()
    assert len(split_samples(folder.samples).training) <= 2


def write_marked(image: Path, text: str, done: bool) -> None:
    """A labelme file as the annotation page writes it."""
    with Image.open(image) as opened:
        size = opened.size
    centres = np.array([(8.0 + 6 * i, 9.0) for i in range(len(text))])
    write_labelme(image.with_suffix(".json"), image, size, text, centres)
    record = json.loads(image.with_suffix(".json").read_text())
    image.with_suffix(".json").write_text(json.dumps({**record, "flags": {"done": done}}))


@pytest.mark.parametrize("table", [False, True])
def test_what_a_person_accepted_counts_and_a_draft_does_not(table: bool, tmp_path: Path) -> None:
    for i, name in enumerate(("abcd", "efgh", "jkmn")):
        write_png(tmp_path / f"{name}.png", 40 * i)
    write_marked(tmp_path / "abcd.png", "abxd", done=True)
    write_marked(tmp_path / "efgh.png", "e", done=False)
    if table:
        (tmp_path / "labels.csv").write_text("abcd.png,abcd\nefgh.png,efgh\njkmn.png,jkmn\n")
    folder = read_folder(tmp_path)
    assert {s.name: s.text for s in folder.samples} == {"abcd.png": "abxd", "efgh.png": "efgh", "jkmn.png": "jkmn"}
    assert {s.name for s in folder.samples if s.centres is not None} == {"abcd.png"}
    assert folder.problems == ()
    assert any("as accepted on the annotation page: abcd.png -> abxd" in note for note in folder.notes)
