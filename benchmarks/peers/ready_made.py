"""Readers that come with a model of their own: ddddocr, and RapidOCR with PP-OCR's small recogniser.

Both are installed by hand (``pip install ddddocr rapidocr``); neither is needed for anything else.
"""

import io
import logging
from collections.abc import Callable

import numpy as np
from PIL import Image

ReadText = Callable[[bytes], str]


def make_ddddocr() -> ReadText:
    """Its usual model, one image at a time, as its manual has it."""
    import ddddocr  # type: ignore[import-not-found]

    reader = ddddocr.DdddOcr(show_ad=False)
    return lambda content: str(reader.classification(content))


def make_rapidocr() -> ReadText:
    """Its recogniser alone, as each image is one line."""
    import rapidocr  # type: ignore[import-not-found]

    logging.disable(logging.WARNING)
    reader = rapidocr.RapidOCR()

    def read(content: bytes) -> str:
        pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))[:, :, ::-1]
        found = reader(pixels, use_det=False, use_cls=False, use_rec=True)
        return "".join(found.txts or ())

    return read


READERS: dict[str, Callable[[], ReadText]] = {"ddddocr": make_ddddocr, "rapidocr": make_rapidocr}
