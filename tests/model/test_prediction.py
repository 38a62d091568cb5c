import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fcn_captcha.model.prediction import iterate_maps, make_input, predict_maps, round_size


def test_predicted_maps_come_in_order_whatever_the_sizes() -> None:
    inks = [np.full((h, w, 1), v, np.float32) for v, (h, w) in enumerate([(8, 8), (5, 13), (8, 8), (4, 4)])]
    calls = []

    def predict(batch: np.ndarray) -> np.ndarray:
        calls.append(batch.shape)
        return batch[:, ::4, ::4] / 10

    maps = predict_maps(predict, inks, 4)
    assert [m.shape for m in maps] == [(2, 2, 1), (2, 4, 1), (2, 2, 1), (1, 1, 1)]
    np.testing.assert_allclose([m.max() for m in maps], [0, 0.1, 0.2, 0.3], atol=1e-6)
    assert sorted(calls) == [(1, 4, 4, 1), (1, 8, 16, 1), (2, 8, 8, 1)]
    assert make_input(inks[:1], 4).shape == (1, 8, 8, 1)


def test_no_more_than_a_batch_is_held_and_its_size_has_a_bound() -> None:
    inks = [np.zeros((8, 8, 1), np.float32)] * 150 + [np.zeros((1024, 1024, 1), np.float32)] * 3
    calls = []

    def predict(batch: np.ndarray) -> np.ndarray:
        calls.append(len(batch))
        return batch[:, ::4, ::4]

    found = iterate_maps(predict, inks, 4)
    assert not calls
    next(found)
    assert calls == [64]
    assert sorted(index for index, _ in found) == list(range(1, 153))
    assert calls == [64, 64, 22, 2, 1]


@given(st.integers(1, 5000), st.sampled_from([1, 2, 4, 8, 12]))
def test_padded_sizes_are_few_and_an_eighth_larger_at_most(size_px: int, stride: int) -> None:
    found = round_size(size_px, stride)
    assert found % stride == 0
    assert size_px <= found < max(size_px + 2 * stride, 1.125 * size_px + stride)
    assert len({round_size(n, 4) for n in range(256, 513)}) <= 10


def test_images_of_like_sizes_share_a_batch_and_each_is_padded_by_its_own_size_alone() -> None:
    rng = np.random.default_rng(0)
    inks = [rng.random((50, width, 1), np.float32) for width in range(260, 300)]
    batches = []

    def predict(batch: np.ndarray) -> np.ndarray:
        batches.append(batch.shape)
        return batch[:, ::4, ::4]

    together = predict_maps(predict, inks, 4)
    assert sorted(shape[0] for shape in batches) == [11, 29]
    for ink, maps in zip(inks, together, strict=True):
        batches.clear()
        np.testing.assert_array_equal(predict_maps(predict, [ink], 4)[0], maps)
        assert maps.shape == (13, -(-ink.shape[1] // 4), 1)
