"""A network with fresh weights, its loss and its optimiser, ready to train."""

import keras

from fcn_captcha.model.architectures import find_architecture
from fcn_captcha.model.backend import find_precision
from fcn_captcha.model.loss import CentreMapLoss
from fcn_captcha.model.network import make_network
from fcn_captcha.training.dataset import Dataset
from fcn_captcha.training.optimiser import make_optimiser
from fcn_captcha.training.settings import Settings


def make_compiled(dataset: Dataset, settings: Settings) -> tuple[keras.Model, dict[str, str | float]]:
    """The network ready to train, and what was chosen for settings that were left open.

    Raises ``ValueError`` for an unknown architecture, precision or optimiser.
    """
    architecture = find_architecture(settings.architecture)
    precision = find_precision() if settings.precision == "auto" else settings.precision
    optimiser = settings.optimiser or architecture.optimiser
    rate = settings.learning_rate or architecture.learning_rate
    network = make_network(
        settings.architecture, dataset.preprocess.channels, len(dataset.alphabet), precision, settings.seed
    )
    network.compile(
        make_optimiser(optimiser, rate, settings.weight_decay),
        CentreMapLoss(architecture.squared_error),
        jit_compile=keras.backend.backend() == "jax",
    )
    network.optimizer.build(network.trainable_variables)  # else only in the first step: too late to restore it
    return network, {"precision": precision, "optimiser": optimiser, "learning_rate": rate}
