import os
from pathlib import Path

import pytest
from served import write_picture

from annotation.folder import ImageFolder, StatedStrings, make_natural
from fcn_captcha.data.errors import DataError


def test_names_are_in_natural_order_with_sub_folders_and_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("10.png", "9.png", ".hidden.png", "b/2.jpg", "b/c/1.PNG", "b/c/d/deep.png", ".git/1.png"):
        write_picture(tmp_path / name)
    (tmp_path / "9.json").write_text("{}")
    folder = ImageFolder.open(tmp_path)
    assert folder.names == ["9.png", "10.png", "b/2.jpg", "b/c/1.PNG"]
    assert folder.root == tmp_path.resolve()
    assert sorted(["a10b2", "a9", "a10b1"], key=make_natural) == ["a9", "a10b1", "a10b2"]


def test_a_folder_without_images_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no image in it"):
        ImageFolder.open(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        ImageFolder.open(tmp_path / "nowhere")


def test_links_out_of_the_folder_are_not_listed_and_not_followed_later(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    write_picture(outside / "secret.png")
    write_picture(inside / "own.png")
    (inside / "link.png").symlink_to(outside / "secret.png")
    (inside / "folder").symlink_to(outside)
    (inside / "circle.png").symlink_to(inside / "circle.png")
    (inside / "alias.png").symlink_to(inside / "own.png")
    folder = ImageFolder.open(inside)
    assert folder.names == ["alias.png", "own.png"]
    (inside / "own.png").unlink()
    (inside / "own.png").symlink_to(outside / "secret.png")
    with pytest.raises(DataError, match="leads out of the folder"):
        folder.find_path(1)
    (inside / "own.png").unlink()
    with pytest.raises(DataError, match="no such file any more"):
        folder.find_path(1)


def test_images_that_share_a_json_know_each_other(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "ab.png"):
        write_picture(tmp_path / name)
    folder = ImageFolder.open(tmp_path)
    assert [folder.list_rivals(i) for i in range(3)] == [["a.png"], ["a.jpg"], []]


@pytest.mark.parametrize(
    ("names", "stated"),
    [
        (["ab12.png", "x9.png"], ["ab12", "x9"]),
        (["ab-0.png", "x9-1.png"], ["ab", "x9"]),
        (["0.png", "1.png", "2.png"], [None, None, None]),
        (["שלום.png", "cafe\u0301.png"], ["caf\u00e9", "שלום"]),
    ],
)
def test_names_state_strings_unless_they_are_counters(tmp_path: Path, names: list[str], stated: list[str]) -> None:
    for name in names:
        write_picture(tmp_path / name)
    folder = ImageFolder.open(tmp_path)
    strings = StatedStrings(folder)
    assert [strings.find(i) for i in range(len(names))] == stated


def test_a_label_file_states_strings(tmp_path: Path) -> None:
    for name in ("0.png", "1.png", "sub/2.png"):
        write_picture(tmp_path / name, dots=(len(name) * 4,))
    (tmp_path / "labels.csv").write_text("0.png,AB\nsub/2.png,CD\n")
    folder = ImageFolder.open(tmp_path)
    strings = StatedStrings(folder)
    assert [strings.find(i) for i in range(3)] == ["AB", None, "CD"]


def test_a_label_file_that_cannot_be_read_is_a_problem_and_states_nothing(tmp_path: Path) -> None:
    write_picture(tmp_path / "0.png")
    (tmp_path / "labels.csv").write_text("other.png,AB\n")
    strings = StatedStrings(ImageFolder.open(tmp_path))
    assert strings.find(0) is None
    assert "none of the files that it lists is there" in strings.problems[0]


def test_what_a_killed_save_left_behind_is_removed_once_it_is_old(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png")
    kept = [tmp_path / ".a.json.12.part", tmp_path / ".mine.part", tmp_path / ".a.json"]
    old = tmp_path / ".a.json.11.part"
    for path in (*kept, old):
        path.write_text("{")
    for path in (*kept[1:], old):
        os.utime(path, (1e9, 1e9))
    ImageFolder.open(tmp_path)
    assert not old.exists()
    assert all(path.exists() for path in kept)
