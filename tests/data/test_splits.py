from pathlib import Path

import numpy as np
import pytest

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.samples import Sample
from fcn_captcha.data.splits import Parts, find_tenth, read_parts, split_samples, write_parts


def make_samples(count: int) -> list[Sample]:
    return [Sample(f"{i}.png", np.zeros((8, 8, 3), np.uint8), "a") for i in range(count)]


def test_parts_are_disjoint_and_do_not_depend_on_order_or_company() -> None:
    samples = make_samples(500)
    parts = split_samples(samples, fold=3)
    names = [{s.name for s in part} for part in (parts.training, parts.validation, parts.test)]
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
    assert (len(few.training), len(few.validation)) == (80, 10)
    assert few.test == whole.test
    assert {s.name for s in fewer.training} <= {s.name for s in few.training}


@pytest.mark.parametrize(("fold", "limit"), [(10, None), (-1, None), (0, 0)])
def test_bad_fold_and_limit(fold: int, limit: int | None) -> None:
    with pytest.raises(ValueError, match=r"fold|limit"):
        split_samples(make_samples(10), fold, limit)


def test_the_folder_of_a_file_does_not_change_its_part() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    for i in range(50):
        flat, deep = Sample(f"{i}.png", image, "a"), Sample(f"sub/{i}.png", image, "a")
        assert [len(p) for p in (split_samples([flat]).test, split_samples([flat]).training)] == [
            len(p) for p in (split_samples([deep]).test, split_samples([deep]).training)
        ]


def test_what_a_limit_leaves_out_is_unused() -> None:
    parts = split_samples(make_samples(100), 0, 16)
    assert len(parts.training + parts.validation + parts.test + parts.unused) == 100
    assert (len(parts.training), len(parts.validation)) == (16, 2)


def test_parts_are_written_by_content_and_read_again(tmp_path: Path) -> None:
    samples = [Sample(f"{i}.png", np.full((8, 8, 3), i, np.uint8), "a", None, tmp_path / f"{i}.png") for i in range(4)]
    drawn = Sample("plain 0", np.full((8, 8, 3), 99, np.uint8), "a")
    parts = Parts((samples[0],), (samples[1], drawn), (samples[2],), (samples[3],))
    path = tmp_path / "parts.csv"
    write_parts(path, parts)
    found = read_parts(path)
    assert [found[s.content] for s in samples] == ["training", "validation", "test", "unused"]
    assert drawn.content not in found
    write_parts(path, Parts((), (drawn,), (drawn,)))
    assert not path.exists()
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"parts\.csv: not the parts of a run"):
        read_parts(path)
