from typing import Any

import pytest

from fcn_captcha.inspection.minimisation import Minimisation


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"weight": -1.0}, r"weight: it must be 0 or more, got -1\.0"),
        ({"rate": 0.0}, r"rate: it must be above 0 and at most 1, got 0\.0"),
        ({"decay": 1.5}, r"decay: it must be above 0 and at most 1, got 1\.5"),
        ({"steps": 0}, "steps: it must be 1 or more, got 0"),
        ({"tolerance": float("nan")}, "tolerance: it must be 0 or more, got nan"),
    ],
)
def test_what_is_refused(names: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Minimisation(**names)
