"""Keras and its backend: loaded without a word, and what the machine is good at."""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FEW_IMAGES = 12_000  # of a budget
_loading = threading.Lock()


def load_keras() -> None:
    """Imports Keras and wakes its backend without the dozen lines that TensorFlow prints as it starts.

    They come from compiled code, so the whole of standard error goes to a file meanwhile; if the
    import fails, they are shown. Raises ``ModuleNotFoundError`` with what to install.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _loading, _hide_errors():
        try:
            import keras

            keras.ops.convert_to_numpy(keras.ops.ones(1))
        except ModuleNotFoundError as error:
            error.msg += "; pip install 'fcn_captcha[train]' brings Keras and TensorFlow"
            raise


@contextmanager
def _hide_errors() -> Iterator[None]:
    """What is written to file descriptor 2 is shown only if this ends with an exception."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error, as in a service
        yield
        return
    with tempfile.TemporaryFile() as file:
        _flush()
        os.dup2(file.fileno(), 2)
        try:
            yield
        except BaseException:
            file.seek(0)
            os.write(kept, file.read())
            raise
        finally:
            _flush()
            os.dup2(kept, 2)
            os.close(kept)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()


def has_gpu() -> bool:
    """Whether the backend computes on a GPU."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return bool(jax.default_backend() == "gpu")
    if backend == "tensorflow":
        import tensorflow

        return bool(tensorflow.config.list_physical_devices("GPU"))
    return False


def find_precision() -> str:
    """'bfloat16' where the machine multiplies it faster than float32.

    That is a GPU or, under TensorFlow, a CPU with AMX or AVX512_BF16, such as AMD's from Zen 4 on.
    """
    import keras

    if has_gpu():
        return "bfloat16"
    if keras.backend.backend() != "tensorflow" or not (processor := Path("/proc/cpuinfo")).exists():
        return "float32"
    flags = processor.read_text().split()
    return "bfloat16" if "amx_bf16" in flags or "avx512_bf16" in flags else "float32"


def find_batch_size(images: int | None) -> int:
    """Images a step, for a budget of so many, None where it is one of time.

    More steps learn more from few images, and a CPU is as fast with small ones; many images keep a GPU busy.
    """
    if has_gpu():
        return 32
    return 8 if images is not None and images <= _FEW_IMAGES else 16
