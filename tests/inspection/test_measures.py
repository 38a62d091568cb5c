from fcn_captcha.inspection.measures import measure_network
from fcn_captcha.model.network import make_network


def test_both_axes_of_the_default_network() -> None:
    record = measure_network(make_network("residual", 1, 2), "residual").as_dict()
    for axis in ("width", "height"):
        assert record[axis]["theory_px"] == record[axis]["support_px"] == 70
        assert 8.9 < record[axis]["sigma_px"] < 9.4
        assert record[axis]["stride_px"] == 4
        assert 24 <= record[axis]["level_35_px"] < 36 < record[axis]["level_3_px"] < 70
    assert record["layers"][0] == {
        "layer": "first_convolution",
        "kind": "Conv2D",
        "width": {"size_px": 3, "stride_px": 1.0, "offset_px": -1},
        "height": {"size_px": 3, "stride_px": 1.0, "offset_px": -1},
    }
