from pathlib import Path

import pytest
from shard_files import make_png, write_stripe_shards, write_tar

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.data.samples import Sample
from fcn_captcha.data.shards import Shards
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.training.examples import Example, check_width, prepare
from fcn_captcha.training.shard_stream import ShardStream


def make(sample: Sample) -> Example:
    example = prepare(sample, Preprocess(), Alphabet("0123456abcdefgh"))
    check_width(sample, example, 4)
    return example


def make_stream(folder: Path, seed: int = 0) -> ShardStream:
    shards = Shards(folder)
    return ShardStream(shards, shards.numbers, seed, make)


def test_each_round_shows_each_image_once_in_another_order(tmp_path: Path) -> None:
    stream = make_stream(write_stripe_shards(tmp_path, 60, 20))
    first, second = ([e.name for e in stream.draw(60)] for _ in range(2))
    assert sorted(first) == sorted(second) == sorted({*first})
    assert first != second != sorted(second)
    assert len({name.partition("/")[0] for name in first[:10]}) == 3  # from all shards, not from one after the other
    assert stream.position == 120
    assert all(e.augmented for e in stream.draw(2))
    assert [e.name for e in make_stream(tmp_path, 1).draw(60)] != first


def test_it_goes_on_where_it_stood(tmp_path: Path) -> None:
    stream = make_stream(write_stripe_shards(tmp_path, 30, 20))
    stream.draw(25)
    position = stream.position
    rest = [e.ink.tobytes() for e in stream.draw(20)]
    other = make_stream(tmp_path)
    other.go_to(position)
    assert [e.ink.tobytes() for e in other.draw(20)] == rest
    assert (other.position, other.digest) == (stream.position, stream.digest)


def test_what_can_not_be_used_is_left_out_and_named_once_each_round(tmp_path: Path) -> None:
    files = [(f"{i}ab.png", make_png(i)) for i in range(5)]
    write_tar(tmp_path / "0.tar", [*files, ("5ab.png", b"no image"), ("6abcdefgh.png", make_png(6, 30))])
    stream = make_stream(tmp_path)
    assert {e.name for e in stream.draw(5)} == {f"0.tar/{i}ab.png" for i in range(5)}
    stream.go_to(0)
    stream.draw(10)
    told = stream.take_problems()
    assert set(told) == {
        "0.tar/5ab.png: not an image in a known format (left out)",
        "0.tar/6abcdefgh.png: 9 characters can't fit into its 8 columns, one for each 4 px of its width (left out)",
    }
    assert stream.take_problems() == []


def test_where_nothing_can_be_used_it_ends(tmp_path: Path) -> None:
    write_tar(tmp_path / "0.tar", [(f"{i}ab.png", b"no image") for i in range(4)])
    with pytest.raises(DataError, match="not an image in a known format; so can't 4 images in a row"):
        make_stream(tmp_path).draw(1)
