import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from served import write_picture

from annotation.folder import ImageFolder
from annotation.pictures import Pictures
from annotation.record import Point, State
from annotation.store import ConflictError, Store
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.samples import read_folder

STATE = State((Point("a", 20, 20), Point("b", 60, 20)), True)
OTHER = State((Point("c", 20, 20),), True)


def make_store(folder: Path) -> Store:
    images = ImageFolder.open(folder)
    return Store(images, Pictures(images))


def test_what_is_saved_is_what_training_reads(tmp_path: Path) -> None:
    write_picture(tmp_path / "ab.png")
    store = make_store(tmp_path)
    assert store.read(0).revision == ""
    saved = store.save(0, "", STATE)
    assert store.read(0) == saved
    (sample,) = read_folder(tmp_path).samples
    assert sample.text == "ab"
    np.testing.assert_allclose(sample.centres, [(19.5, 19.5), (59.5, 19.5)])  # type: ignore[arg-type]


def test_right_to_left_strings_are_what_training_reads(tmp_path: Path) -> None:
    write_picture(tmp_path / "אב.png")
    make_store(tmp_path).save(0, "", State((Point("א", 60, 20), Point("ב", 20, 20)), True))
    (sample,) = read_folder(tmp_path).samples
    assert sample.text == "אב"
    np.testing.assert_allclose(sample.centres, [(59.5, 19.5), (19.5, 19.5)])  # type: ignore[arg-type]


def test_an_image_turned_by_its_exif_mark_is_annotated_as_it_is_shown_and_trained_on(tmp_path: Path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.new("RGB", (20, 90), "white").save(tmp_path / "ab.jpg", exif=exif)
    store = make_store(tmp_path)
    store.save(0, "", State((Point("a", 30, 10), Point("b", 85, 10)), True))
    (sample,) = read_folder(tmp_path).samples
    assert sample.centres is not None
    assert sample.image.shape[:2] == (20, 90)


def test_a_change_made_on_another_revision_is_a_conflict_and_changes_nothing(tmp_path: Path) -> None:
    write_picture(tmp_path / "ab.png")
    store = make_store(tmp_path)
    first = store.save(0, "", STATE)
    with pytest.raises(ConflictError) as conflict:
        store.save(0, "", OTHER)
    assert conflict.value.entry == first
    second = store.save(0, first.revision, OTHER)
    assert second.revision != first.revision
    assert store.read(0).state.is_like(OTHER)


def test_another_program_that_writes_the_file_is_noticed(tmp_path: Path) -> None:
    write_picture(tmp_path / "ab.png")
    store = make_store(tmp_path)
    first = store.save(0, "", STATE)
    path = tmp_path / "ab.json"
    path.write_text(path.read_text().replace('"a"', '"z"'))
    with pytest.raises(ConflictError):
        store.save(0, first.revision, OTHER)


def test_a_change_whose_answer_was_lost_can_be_sent_again(tmp_path: Path) -> None:
    write_picture(tmp_path / "ab.png")
    store = make_store(tmp_path)
    first = store.save(0, "", STATE)
    assert store.save(0, "", STATE) == first


def test_of_many_at_once_on_one_revision_one_wins(tmp_path: Path) -> None:
    write_picture(tmp_path / "ab.png")
    stores = [make_store(tmp_path) for _ in range(2)]  # as two servers on one folder
    results: list[str] = []

    def save(number: int) -> None:
        try:
            stores[number % 2].save(0, "", State((Point("a", number, 20),)))
            results.append("saved")
        except ConflictError:
            results.append("conflict")

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["conflict"] * 7 + ["saved"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_picture(tmp_path / "ab.png")
    store = make_store(tmp_path)
    first = store.save(0, "", STATE)

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        store.save(0, first.revision, OTHER)
    assert store.read(0) == first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ab.json", "ab.png"]


def test_a_damaged_file_is_named_and_never_written_over(tmp_path: Path) -> None:
    write_picture(tmp_path / "ab.png")
    (tmp_path / "ab.json").write_text('{"shapes": [{"la')
    store = make_store(tmp_path)
    with pytest.raises(DataError, match=r"ab\.json: not a labelme file, and left as it is"):
        store.read(0)
    with pytest.raises(DataError, match=r"ab\.json: not a labelme file, and left as it is"):
        store.save(0, "", STATE)
    assert (tmp_path / "ab.json").read_text() == '{"shapes": [{"la'


def test_a_file_of_another_image_is_never_written_into(tmp_path: Path) -> None:
    write_picture(tmp_path / "ab.jpg")
    write_picture(tmp_path / "ab.png")
    store = make_store(tmp_path)
    store.save(1, "", STATE)
    assert json.loads((tmp_path / "ab.json").read_text())["imagePath"] == "ab.png"
    with pytest.raises(DataError, match=r"it is of ab\.png: rename one of the images"):
        store.save(0, "", OTHER)
    assert store.read(1).state.is_like(STATE)


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="this system can't refuse links")
def test_a_json_that_is_a_link_is_neither_read_nor_written(tmp_path: Path) -> None:
    write_picture(tmp_path / "in" / "ab.png")
    secret = tmp_path / "secret.json"
    secret.write_text('{"shapes": [], "text": "secret"}')
    (tmp_path / "in" / "ab.json").symlink_to(secret)
    store = make_store(tmp_path / "in")
    with pytest.raises(DataError, match="is a link"):
        store.read(0)
    with pytest.raises(DataError, match="is a link"):
        store.save(0, "", STATE)
    assert "secret" in secret.read_text()


def test_a_pipe_in_place_of_a_json_keeps_nobody_waiting(tmp_path: Path) -> None:
    write_picture(tmp_path / "ab.png")
    os.mkfifo(tmp_path / "ab.json")
    with pytest.raises(DataError, match="a file of at most"):
        make_store(tmp_path).read(0)
