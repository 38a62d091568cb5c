import numpy as np

from fcn_captcha.model.prediction import iterate_maps, make_input, predict_maps


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
