import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from conftest import write_images

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.samples import Sample, read_folder
from fcn_captcha.data.splits import PARTS_NAME, Parts, split_samples, write_parts
from fcn_captcha.model.run_folder import Run, describe_seen, find_seen, find_test_part, read_run_data


def make_run(out: Path, data: Path | None, fold: int = 0, limit: int | None = None, parts: bool = True) -> Parts:
    """The files of a run that tell what it was trained on."""
    out.mkdir()
    record = {"data": None if data is None else str(data), "fold": fold, "limit": limit}
    (out / "settings.json").write_text(json.dumps(record))
    split = split_samples(read_folder(data).samples, fold, limit) if data else Parts((), (), ())
    if parts:
        write_parts(out / PARTS_NAME, split)
    return split


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_images(tmp_path / "data", 60)
    return tmp_path / "data"


def names(samples: Iterable[Sample]) -> list[str]:
    return sorted(s.name for s in samples)


@pytest.mark.parametrize(("fold", "limit", "parts"), [(3, None, True), (3, None, False), (0, 8, True)])
def test_the_test_part_is_that_of_the_run(
    tmp_path: Path, data: Path, fold: int, limit: int | None, parts: bool
) -> None:
    split = make_run(tmp_path / "run", data, fold, limit, parts)
    samples = read_folder(data).samples
    for model in (tmp_path / "run", tmp_path / "run" / "model.keras"):
        run = read_run_data(model)
        assert names(find_test_part(samples, run, data)) == names(split.test)
        assert names(find_test_part(samples, run, data, fold)) == names(split.test)
        with pytest.raises(ValueError, match=f"fold: this run was trained with fold {fold}.*got 5"):
            find_test_part(samples, run, data, 5)


def test_what_was_trained_on_is_known_under_any_name_in_any_folder(tmp_path: Path, data: Path) -> None:
    split = make_run(tmp_path / "run", data)
    other = tmp_path / "other"
    write_images(other, 5, seed=9)
    used = split.training[:4] + split.validation[:2]
    for i, sample in enumerate((*used, *split.test[:2])):
        assert sample.path is not None
        shutil.copy(sample.path, other / f"{sample.text}-{1000 + i}.png")
    samples, run = read_folder(other).samples, read_run_data(tmp_path / "run")
    assert len(find_seen(samples, run)) == 6
    (line,) = describe_seen(samples, run, tmp_path / "run", other)
    assert "6 of 13 images are ones that this run was trained on" in line
    left = find_test_part(samples, run, other)
    assert len(left) == 7
    assert not {s.content for s in left} & {s.content for s in used}


def test_of_another_folder_with_parts_its_test_part_counts(tmp_path: Path, data: Path) -> None:
    split = make_run(tmp_path / "run", data)
    write_images(tmp_path / "other" / "train", 6, seed=9)
    write_images(tmp_path / "other" / "test", 6, seed=8)
    assert split.training[0].path is not None
    shutil.copy(split.training[0].path, tmp_path / "other" / "test" / "abc-99.png")
    samples = read_folder(tmp_path / "other").samples
    left = find_test_part(samples, read_run_data(tmp_path / "run"), tmp_path / "other")
    assert len(left) == 6
    assert all(s.name.startswith("test/") for s in left)


def test_where_all_were_used_none_is_left(tmp_path: Path, data: Path) -> None:
    split = make_run(tmp_path / "run", data)
    with pytest.raises(DataError, match=r"none of its .* images is left to test on"):
        find_test_part(split.training, read_run_data(tmp_path / "run"), tmp_path / "other")


def test_images_changed_since_stay_in_the_part_of_their_name(tmp_path: Path, data: Path) -> None:
    split = make_run(tmp_path / "run", data)
    for path in data.glob("*.png"):
        path.write_bytes(b"")
    write_images(data, 60, seed=5)  # other pictures
    samples = read_folder(data).samples
    left = find_test_part(samples, read_run_data(tmp_path / "run"), data)
    assert names(left) == names(split_samples(samples).test)
    assert len(left) < 20
    assert split.test


def test_what_can_not_be_known_is_said(tmp_path: Path, data: Path) -> None:
    samples = read_folder(data).samples
    alone = tmp_path / "alone.keras"
    (line,) = describe_seen(samples, read_run_data(alone), alone, data)
    assert "alone.keras: no run's folder around it, so it can't be known" in line
    make_run(tmp_path / "old", data, parts=False)
    old = read_run_data(tmp_path / "old")
    (line,) = describe_seen(samples, old, tmp_path / "old", data)
    assert "trained on most of these images" in line
    (line,) = describe_seen(samples, old, tmp_path / "old", tmp_path / "elsewhere")
    assert "it can't be known which images it was trained on" in line


def test_a_run_on_drawn_images_has_seen_none(tmp_path: Path, data: Path) -> None:
    make_run(tmp_path / "run", None)
    samples, run = read_folder(data).samples, read_run_data(tmp_path / "run")
    assert describe_seen(samples, run, tmp_path / "run", data) == []
    assert names(find_test_part(samples, run, data, 4)) == names(split_samples(samples, 4).test)


def test_damaged_settings_are_named(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("[1")
    with pytest.raises(DataError, match=r"settings\.json: not the settings of a run"):
        read_run_data(tmp_path)


def test_a_lock_alone_does_not_take_a_folder(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.lock.touch()
    run.check_free(overwrite=False)
    run.settings.touch()
    with pytest.raises(FileExistsError):
        run.check_free(overwrite=False)
    run.check_free(overwrite=True)


def test_only_a_run_with_a_checkpoint_goes_on(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.checkpoint.touch()
    with pytest.raises(ValueError, match="no training was begun there; leave out --resume"):
        run.check_unfinished()
    run.settings.touch()
    run.check_unfinished()
    run.measures.touch()
    run.check_unfinished()
    run.checkpoint.unlink()
    with pytest.raises(ValueError, match="this training is finished, nothing is left to do"):
        run.check_unfinished()
    run.measures.unlink()
    with pytest.raises(ValueError, match=r"no checkpoint\.npz to go on from; begin anew with --overwrite"):
        run.check_unfinished()
