import json
from pathlib import Path

import numpy as np
import pytest
from folders import write_stripes
from shard_files import make_png, write_stripe_shards, write_tar

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.samples import read_folder
from fcn_captcha.data.shard_index import INDEX_NAME
from fcn_captcha.data.shards import Numbers, Shards, find_shards
from fcn_captcha.data.splits import split_samples


def tell(shards: Shards, numbers: Numbers | None = None) -> dict[str, str]:
    numbers = shards.numbers if numbers is None else numbers
    return {s.name: s.text for s in shards.read_first(numbers, len(numbers))}


def test_a_folder_of_archives_is_one_of_shards_unless_images_lie_there(tmp_path: Path) -> None:
    assert find_shards(tmp_path) == find_shards(tmp_path / "none") == []
    paths = [write_tar(tmp_path / name, []) for name in ("b.tar", "a.tar", "sub/c.tar", ".hidden.tar")]
    assert find_shards(tmp_path) == [paths[1], paths[0], paths[2]]
    write_stripes(tmp_path / "sub" / "ab.png", 0)
    assert find_shards(tmp_path) == []


def test_parts_and_labels_are_those_of_the_same_files_in_a_folder(tmp_path: Path) -> None:
    write_stripe_shards(tmp_path / "shards")
    plain = tmp_path / "plain"
    plain.mkdir()
    for i in range(200):
        (plain / f"{i % 7}ab-{i}.png").write_bytes(make_png(i))
    shards = Shards(tmp_path / "shards")
    assert shards.notes[0].startswith("labels from the file names up to the last '-'")
    assert "00000.tar/0ab-0.png -> 0ab" in shards.notes[0]
    for fold, limit in ((0, None), (3, None), (0, 40)):
        expected, found = split_samples(read_folder(plain).samples, fold, limit), shards.split(fold, limit)
        for part in ("training", "validation", "test"):
            told = tell(shards, getattr(found, part))
            assert [name.partition("/")[2] for name in told] == [s.name for s in getattr(expected, part)]
            assert list(told.values()) == [s.text for s in getattr(expected, part)]


def test_an_image_has_the_pixels_and_centres_of_its_files(tmp_path: Path) -> None:
    shapes = [{"label": c, "points": [[x + 0.5, 12.5]], "shape_type": "point"} for c, x in (("a", 10), ("b", 30))]
    good = json.dumps({"shapes": shapes, "imageWidth": 80, "imageHeight": 24}).encode()
    wrong = json.dumps({"shapes": shapes, "imageWidth": 81, "imageHeight": 24}).encode()
    files = []
    for key, content in (("1", good), ("2", wrong)):
        files += [(f"{key}.png", make_png(int(key))), (f"{key}.txt", b"ab"), (f"{key}.json", content)]
    write_tar(tmp_path / "0.tar", files)
    shards = Shards(tmp_path)
    first, second = (shards.read(i) for i in (0, 1))
    write_stripes(tmp_path / "elsewhere" / "ab.png", 1)
    assert (first.image == read_folder(tmp_path / "elsewhere").samples[0].image).all()
    assert first.centres is not None
    assert first.centres.tolist() == [[10, 12], [30, 12]]
    assert second.centres is None
    assert shards.problems.take() == [
        "0.tar/2.png: its JSON: it is of an image of 81×24 px, 0.tar/2.png has 80×24 (centres not used)"
    ]


def test_labels_that_are_stated_count_and_where_they_lack_an_image_is_left_out(tmp_path: Path) -> None:
    files = [("0.png", make_png(0)), ("0.txt", b"xy"), ("1.png", make_png(1)), ("1.txt", b"two\nlines")]
    write_tar(tmp_path / "0.tar", files)
    shards = Shards(tmp_path)
    assert tell(shards) == {"0.tar/0.png": "xy"}
    assert shards.problems.take() == [
        f"{tmp_path}/0.tar: 1.txt: one line, the label, is needed, got 2 lines (not used)",
        "0.tar/1.png: nothing tells its label (left out)",
    ]
    assert tell(Shards(tmp_path, r"(\d)")) == {"0.tar/0.png": "0", "0.tar/1.png": "1"}
    assert tell(Shards(tmp_path, r"(1)")) == {"0.tar/1.png": "1"}
    with pytest.raises(DataError, match="none of its 2 images has a label"):
        Shards(tmp_path, "(no)")


def test_few_stated_labels_are_not_heeded(tmp_path: Path) -> None:
    files = [("ab.png", make_png(0)), ("ab.txt", b"xy"), ("cd.png", make_png(1)), ("ef.png", make_png(2))]
    write_tar(tmp_path / "0.tar", files)
    shards = Shards(tmp_path)
    assert list(tell(shards).values()) == ["ab", "cd", "ef"]
    assert shards.problems.take() == ["only 1 of 3 images have a .txt or .json that states a label (not heeded)"]


def test_a_name_that_is_not_utf_8_tells_no_label(tmp_path: Path) -> None:
    write_tar(tmp_path / "0.tar", [("ab.png", make_png(0)), ("\udcd6b.png", make_png(1))])
    shards = Shards(tmp_path)
    assert tell(shards) == {"0.tar/ab.png": "ab"}
    assert shards.problems.take() == ["0.tar/\\xd6b.png: nothing tells its label (left out)"]


def test_an_alphabet_leaves_out_what_it_can_not_spell(tmp_path: Path) -> None:
    shards = Shards(write_stripe_shards(tmp_path, 70))
    assert shards.find_characters(shards.numbers) == "0123456ab"
    shards.keep_spelled("12ab")
    assert set(tell(shards).values()) == {"1ab", "2ab"}
    told = shards.problems.take()
    assert told[0] == "00000.tar/0ab-0.png: '0' of '0ab' is not in the alphabet (left out)"
    assert len(told) == 20
    with pytest.raises(DataError, match="no label consists of the alphabet 'z' alone"):
        shards.keep_spelled("z")


def test_an_image_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    write_tar(tmp_path / "0.tar", [("ab.png", b"no image"), ("cd.png", make_png(0))])
    shards = Shards(tmp_path)
    with pytest.raises(DataError, match=r"0\.tar/ab\.png: not an image in a known format"):
        shards.read(0)
    assert tell(shards) == {"0.tar/cd.png": "cd"}
    assert shards.problems.take() == ["0.tar/ab.png: not an image in a known format (left out)"]
    (tmp_path / "0.tar").unlink()
    with pytest.raises(DataError, match=r"0\.tar/cd\.png: can't be read: No such file"):
        shards.read(1)


@pytest.mark.parametrize(
    "names", [("train-0.tar", "val-0.tar", "test-0.tar"), ("train/0.tar", "dev/0.tar", "test/0.tar")]
)
def test_names_of_shards_or_folders_state_parts(tmp_path: Path, names: tuple[str, ...]) -> None:
    for k, name in enumerate(names):
        write_tar(tmp_path / name, [(f"{'tvT'[k]}{i}.png", make_png(i)) for i in range(20)])
    shards = Shards(tmp_path)
    parts = shards.split(fold=2)
    for part, letter in ((parts.training, "t"), (parts.validation, "v"), (parts.test, "T")):
        assert {text[0] for text in shards.list_texts(part)} == {letter}
        assert len(part) == 20
    assert shards.notes[1].startswith("the names of shards or sub-folders state the parts: 1 ")


def test_a_stated_test_leaves_the_choice_to_a_tenth_of_the_rest(tmp_path: Path) -> None:
    for name in ("train-0.tar", "test-0.tar"):
        write_tar(tmp_path / name, [(f"{name[:2]}{i}.png", make_png(i)) for i in range(60)])
    parts = Shards(tmp_path).split()
    assert len(parts.test) == 60
    assert 0 < len(parts.validation) < 20
    assert len(np.unique(np.concatenate([parts.training, parts.validation, parts.test]))) == 120


def test_damaged_shards_are_read_as_far_as_they_are_whole(tmp_path: Path) -> None:
    shapes = [{"label": c, "points": [[x, 12]], "shape_type": "point"} for c, x in (("a", 10), ("b", 30))]
    files = []
    for i in range(4):
        content = json.dumps({"shapes": shapes, "text": "ab"}).encode()
        files += [(f"{i}.png", make_png(i)), (f"{i}.txt", b"ab"), (f"{i}.json", content)]
    path = write_tar(tmp_path / "0.tar", files)
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    read = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        damaged = whole.copy()
        damaged[rng.integers(0, len(whole), 20)] = rng.integers(0, 256, 20)
        path.write_bytes(damaged[: rng.integers(1, len(whole)) if seed % 2 else None].tobytes())
        (tmp_path / INDEX_NAME).unlink(missing_ok=True)
        try:
            shards = Shards(tmp_path)
        except DataError:
            continue
        read.append(len(tell(shards)))
        assert read[-1] == 4 or shards.problems.count
    assert {1, 4} <= set(read) <= {0, 1, 2, 3, 4}
