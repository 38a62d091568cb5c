import logging

import numpy as np
import onnx
import pytest

from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.model.architectures import ARCHITECTURES
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.network import make_network
from fcn_captcha.model.onnx_file import OnnxPredict, make_onnx
from fcn_captcha.model.onnx_integers import quantise


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_maps_stay_alike_and_all_but_the_last_convolution_are_of_integers(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    network = make_network(name, 1, 6, seed=3)
    rng = np.random.default_rng(0)
    network.set_weights([w + rng.normal(0, 0.05, w.shape) for w in network.get_weights()])
    content = make_onnx(network, ModelConfig(Alphabet("abcdef"), Preprocess(), 0.4, 2.0, 4, name))
    inks = [rng.random((20, width, 1), np.float32) for width in (40, 44, 61)]
    level = logging.getLogger().level
    integers = quantise(content, inks, 4)
    ink = rng.random((2, 20, 48, 1), np.float32)
    floats, found = OnnxPredict(content)(ink), OnnxPredict(integers)(ink)
    assert np.abs(found - floats).mean() < 0.02 * max(1.0, float(floats.max()))
    assert np.corrcoef(found.ravel(), floats.ravel())[0, 1] > 0.98
    graph = onnx.load_model_from_string(integers).graph
    convolutions = [n for n in graph.node if n.op_type == "Conv"]
    makers = {output: n.op_type for n in graph.node for output in n.output}
    of_integers = [makers.get(n.input[1]) == "DequantizeLinear" for n in convolutions]
    assert of_integers == [True] * (len(convolutions) - 1) + [False]
    assert len(integers) < 0.5 * len(content)
    assert capsys.readouterr() == ("", "")
    assert logging.getLogger().level == level
