"""What the machine and Keras's backend are good at."""

from pathlib import Path

import keras


def find_precision() -> str:
    """'bfloat16' where the machine multiplies it faster than float32: a GPU, or a CPU with AMX."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return "bfloat16" if jax.default_backend() == "gpu" else "float32"
    if backend == "tensorflow":
        import tensorflow

        if tensorflow.config.list_physical_devices("GPU"):
            return "bfloat16"
        flags = Path("/proc/cpuinfo")
        return "bfloat16" if flags.exists() and " amx_bf16" in flags.read_text() else "float32"
    return "float32"
