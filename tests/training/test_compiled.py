from dataclasses import replace
from pathlib import Path

import pytest

from fcn_captcha.model.backend import find_precision
from fcn_captcha.training.compiled import make_compiled
from fcn_captcha.training.dataset import make_dataset
from fcn_captcha.training.settings import Settings


def test_what_was_left_open_is_the_architecture_s_own(images: Path) -> None:
    settings = Settings(data=str(images), precision="float32")
    dataset = make_dataset(settings)

    def choose(**change: str | float) -> dict[str, str | float]:
        return make_compiled(dataset, replace(settings, **change))[1]  # type: ignore[arg-type]

    assert choose() == {"precision": "float32", "optimiser": "muon", "learning_rate": 6e-3}
    assert choose(architecture="classic") == {"precision": "float32", "optimiser": "adamw", "learning_rate": 1e-3}
    assert choose(optimiser="adamw", learning_rate=1e-2) == {
        "precision": "float32",
        "optimiser": "adamw",
        "learning_rate": 1e-2,
    }
    assert choose(precision="auto")["precision"] == find_precision()
    for change in ({"architecture": "vgg"}, {"optimiser": "sgd"}):
        with pytest.raises(ValueError, match=rf"{next(iter(change))}: one of .* is needed, got"):
            choose(**change)


def test_the_optimiser_has_all_its_variables_so_that_a_checkpoint_fits(images: Path) -> None:
    settings = Settings(data=str(images), precision="float32")
    network, _ = make_compiled(make_dataset(settings), settings)
    by_muon = [v for v in network.trainable_variables if v.path.endswith("/kernel")][1:-1]
    # A count of steps and a rate; a momentum each, and for what AdamW trains a second one.
    assert len(network.optimizer.variables) == 2 + 2 * len(network.trainable_variables) - len(by_muon)
