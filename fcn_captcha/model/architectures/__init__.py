"""The networks that can be trained, one file each: registered here, in one line."""

from fcn_captcha.model.architectures.architecture import Architecture
from fcn_captcha.model.architectures.classic import CLASSIC
from fcn_captcha.model.architectures.dilated import DILATED
from fcn_captcha.model.architectures.residual import RESIDUAL

ARCHITECTURES = {architecture.name: architecture for architecture in (DILATED, RESIDUAL, CLASSIC)}


def find_architecture(name: str) -> Architecture:
    """The architecture of that name. Raises ``ValueError``, naming those there are, for any other."""
    if name not in ARCHITECTURES:
        raise ValueError(f"architecture: one of {', '.join(ARCHITECTURES)} is needed, got {name!r}")
    return ARCHITECTURES[name]
