from dataclasses import replace
from pathlib import Path

import pytest
from shard_files import make_png, write_stripe_shards, write_tar

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.shards import Shards
from fcn_captcha.training import shard_data
from fcn_captcha.training.dataset import make_dataset, make_few
from fcn_captcha.training.settings import Settings


def test_of_each_part_only_so_much_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_SHOWN", "_CHOSEN_ON", "MOST_TESTED"):
        monkeypatch.setattr(shard_data, name, 5)
    dataset = make_dataset(Settings(data=str(write_stripe_shards(tmp_path)), epoch_images=30))
    numbers = Shards(tmp_path).split()
    parts = dataset.parts
    assert (len(parts.training), len(parts.validation), len(parts.test)) == (5, 5, 5)
    assert min(len(numbers.validation), len(numbers.test)) > 5
    assert dataset.training_images == len(numbers.training)
    assert dataset.alphabet.characters == "0123456ab"  # of all labels, not of those held
    shown = [e for _ in range(6) for e in dataset.draw_streamed()]
    assert len(shown) == 180
    assert len({e.name for e in shown}) == dataset.training_images
    assert not {e.name for e in shown} & {s.name for s in parts.validation + parts.test}
    assert dataset.real == []
    assert len(dataset.prepare_some()) == 5
    assert any("of 2" in note or "of 1" in note for note in dataset.notes)


def test_an_epoch_is_short(tmp_path: Path) -> None:
    assert make_dataset(Settings(data=str(write_stripe_shards(tmp_path)))).epoch_images == 1000


def test_labels_and_seed_tell_data_from_others(tmp_path: Path) -> None:
    settings = Settings(data=str(write_stripe_shards(tmp_path)), epoch_images=10)
    dataset = make_dataset(settings)
    first = dataset.describe()
    assert first == make_dataset(settings).describe()
    assert first["training"] == dataset.training_images > 100
    dataset.draw_streamed()
    state, position = dataset.state(), dataset.position
    following = [e.name for e in dataset.draw_streamed()]
    other = make_dataset(settings)
    other.restore(state, position)
    assert [e.name for e in other.draw_streamed()] == following
    assert make_dataset(replace(settings, limit=50)).describe() != first
    write_tar(tmp_path / "more.tar", [("6ab-999.png", make_png(999))])
    assert make_dataset(settings).describe() != first


def test_a_given_alphabet_leaves_images_out(tmp_path: Path) -> None:
    dataset = make_dataset(Settings(data=str(write_stripe_shards(tmp_path)), alphabet="012ab", epoch_images=50))
    assert dataset.alphabet.characters == "012ab"
    assert any("is not in the alphabet (left out)" in problem for problem in dataset.problems)
    assert {len(e.channels) for e in dataset.draw_streamed()} == {3}


def test_an_image_that_can_not_be_read_is_told_when_it_is_met(tmp_path: Path) -> None:
    write_stripe_shards(tmp_path, 100)
    write_tar(tmp_path / "z.tar", [(f"1ab-{i}.png", b"no image") for i in range(100, 140)])
    dataset = make_dataset(Settings(data=str(tmp_path), epoch_images=100))
    dataset.draw_streamed()
    for told in (dataset.problems, dataset.take_problems()):
        assert len([line for line in told if "not an image in a known format (left out)" in line]) == 20
        assert told[-1] == "what is like these 20 lines is no longer told"
    dataset.draw_streamed()
    assert dataset.take_problems() == []


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"generator": "plain"}, "generator: its images can't be mixed with those of shards, got 'plain'"),
        ({"save_centres": True}, "save_centres: nothing is written into shards"),
    ],
)
def test_settings_that_shards_have_no_part_in(tmp_path: Path, wrong: dict[str, str | bool], line: str) -> None:
    with pytest.raises(ValueError, match=line):
        make_dataset(Settings(data=str(write_stripe_shards(tmp_path)), **wrong))  # type: ignore[arg-type]


def test_too_few_images_say_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="too few images: of 2 none can be used in the validation part"):
        make_dataset(Settings(data=str(write_stripe_shards(tmp_path, 2))))


def test_few_images_to_memorise_are_the_first(tmp_path: Path) -> None:
    dataset = make_few(Settings(data=str(write_stripe_shards(tmp_path))), 6)
    assert dataset.parts.training == dataset.parts.validation == dataset.parts.test
    assert [e.name for e in dataset.real] == [s.name for s in dataset.parts.training]
    assert len(dataset.real) == 6
