import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fcn_captcha.samples import (
    LARGEST_PX,
    Sample,
    SampleError,
    convert_image,
    find_label,
    find_tenth,
    read_folder,
    read_image,
    read_labelme,
    split_samples,
    write_labelme,
)

GREY = np.tile(np.linspace(0, 255, 40).astype(np.uint8), (20, 1))


def write_png(path: Path, shade: int = 200, size: tuple[int, int] = (40, 20)) -> Path:
    Image.new("RGB", size, (shade, shade, shade)).save(path)
    return path


# --- images ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "I", "I;16", "F"])
def test_every_mode_reads_as_the_same_picture(tmp_path: Path, mode: str) -> None:
    if mode in ("I", "I;16"):
        image = Image.fromarray((GREY.astype(np.uint16) * 257).astype(np.uint16 if mode == "I;16" else np.int32))
    elif mode == "F":
        image = Image.fromarray(GREY.astype(np.float32) / 255)
    elif mode == "P":
        image = Image.fromarray(GREY).quantize(256)
    else:
        image = Image.fromarray(GREY).convert("RGB").convert(mode)
    path = tmp_path / ("a.tif" if mode in ("CMYK", "YCbCr", "F", "I") else "a.png")
    image.save(path)
    pixels = read_image(path)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (20, 40, 3)
    assert np.corrcoef(pixels.mean(axis=2).ravel(), GREY.ravel())[0, 1] > 0.6
    if mode != "1":
        np.testing.assert_allclose(pixels.mean(axis=2), GREY, atol=4)


def test_what_is_transparent_becomes_paper_that_the_text_stands_out_from() -> None:
    for ink, paper in ((0, 255), (255, 0)):
        rgba = np.zeros((20, 40, 4), np.uint8)
        rgba[5:15, 10:20] = (ink, ink, ink, 255)
        pixels = convert_image(Image.fromarray(rgba))
        assert (pixels[0, 0] == paper).all()
        assert (pixels[8, 12] == ink).all()


def test_bad_images_are_named_with_the_rule_and_the_value(tmp_path: Path) -> None:
    good = write_png(tmp_path / "good.png")
    cases = {
        "empty.png": (b"", "the file is empty"),
        "text.png": (b"hello", "not an image in a known format"),
        "cut.png": (good.read_bytes()[:60], "can't be read"),
    }
    for name, (content, message) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SampleError, match=rf"{name}: .*{message}"):
            read_image(tmp_path / name)
    with pytest.raises(SampleError, match=r"tiny\.png: at least 4×4 px are needed, got 1×1"):
        read_image(write_png(tmp_path / "tiny.png", size=(1, 1)))
    Image.new("1", (20_000, 20_000)).save(tmp_path / "huge.png")
    with pytest.raises(SampleError, match=rf"huge\.png: at most {LARGEST_PX:,} px can be read"):
        read_image(tmp_path / "huge.png")
    with pytest.raises(SampleError, match=r"none\.png: no such file"):
        read_image(tmp_path / "none.png")
    with pytest.raises(SampleError, match="is a folder"):
        read_image(tmp_path)


# --- folders --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "label"), [("pdyc8.png", "pdyc8"), ("0056B-0.png", "0056B"), ("e\u0301.png", "é"), ("a b.c.png", "a b.c")]
)
def test_label_in_the_file_name(name: str, label: str) -> None:
    assert find_label(Path(name)) == label


def test_a_folder_with_bad_files_gives_the_good_ones_and_a_line_each(tmp_path: Path) -> None:
    write_png(tmp_path / "abc.png", 10)
    write_png(tmp_path / "abd-7.png", 20)
    write_png(tmp_path / "abd-8.jpg", 90)
    write_png(tmp_path / "copy.png", 10)
    write_png(tmp_path / "-1.png", 30)
    (tmp_path / "bad.png").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("no image")
    folder = read_folder(tmp_path)
    assert [s.text for s in folder.samples] == ["abc", "abd", "abd"]
    problems = "\n".join(folder.problems)
    assert len(folder.problems) == 3
    assert "bad.png: the file is empty (left out)" in problems
    assert "-1.png: the label is empty" in problems
    assert "copy.png: the same image as abc.png (left out)" in problems


def test_missing_and_empty_folders(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="no such folder"):
        read_folder(tmp_path / "none")
    with pytest.raises(SampleError, match="no image in it"):
        read_folder(tmp_path)
    with pytest.raises(SampleError, match="is a file"):
        read_folder(write_png(tmp_path / "x.png"))
    (tmp_path / "x.png").write_bytes(b"broken")
    with pytest.raises(SampleError, match=r"none of its images can be used\n.*x\.png"):
        read_folder(tmp_path)


def test_metadata_csv(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    write_png(tmp_path / "1.png", 1)
    write_png(tmp_path / "sub" / "2.png", 2)
    table = tmp_path / "metadata.csv"
    table.write_text("file_name,text\n1.png,e\u0301a\nsub/2.png,xy\n3.png,zz\n1.png,again\n", encoding="utf-8-sig")
    folder = read_folder(tmp_path)
    assert [(s.name, s.text) for s in folder.samples] == [("1.png", "éa"), ("2.png", "xy")]
    assert any("3.png: no such file" in p for p in folder.problems)
    assert any("listed twice" in p for p in folder.problems)
    table.write_text("name,label\n1.png,a\n")
    with pytest.raises(SampleError, match="the columns file_name and text are needed"):
        read_folder(tmp_path)


# --- labelme --------------------------------------------------------------------------------


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
    with pytest.raises(SampleError, match=r"a\.json"):
        read_labelme(tmp_path / "a.json")


# --- samples and parts ------------------------------------------------------------------------


def test_a_sample_checks_itself() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(SampleError, match="the label is empty"):
        Sample("x", image, "")
    with pytest.raises(SampleError, match=r"centres must have shape \(2, 2\)"):
        Sample("x", image, "ab", np.zeros((1, 2)))


def make_samples(count: int) -> list[Sample]:
    return [Sample(f"{i}.png", np.zeros((8, 8, 3), np.uint8), "a") for i in range(count)]


def test_parts_are_disjoint_and_do_not_depend_on_order_or_company() -> None:
    samples = make_samples(500)
    parts = split_samples(samples, fold=3)
    names = [{s.name for s in part} for part in (parts.training, parts.threshold, parts.test)]
    assert not names[0] & names[1]
    assert not names[0] & names[2]
    assert not names[1] & names[2]
    assert sum(map(len, names)) == 500
    assert all(find_tenth(n) == 3 for n in names[2])
    assert all(len(n) > 25 for n in names)
    again = split_samples(samples[::-1][:300], fold=3)
    assert {s.name for s in again.test} <= names[2]
    tests = [s.name for fold in range(10) for s in split_samples(samples, fold).test]
    assert sorted(tests) == sorted(s.name for s in samples)


def test_the_split_is_that_of_sha_256() -> None:
    # A change here would let a model be tested on what it was trained on.
    assert [find_tenth(n) for n in ("pdyc8.png", "0056B-0.png", "a.png")] == [3, 0, 2]


def test_limit_keeps_the_test_part_and_nests() -> None:
    samples = make_samples(500)
    whole, few, fewer = (split_samples(samples, 0, limit) for limit in (None, 80, 40))
    assert (len(few.training), len(few.threshold)) == (80, 10)
    assert few.test == whole.test
    assert {s.name for s in fewer.training} <= {s.name for s in few.training}


@pytest.mark.parametrize(("fold", "limit"), [(10, None), (-1, None), (0, 0)])
def test_bad_fold_and_limit(fold: int, limit: int | None) -> None:
    with pytest.raises(ValueError, match=r"fold|limit"):
        split_samples(make_samples(10), fold, limit)
