"""What PyInstaller needs to put this package into one program; it finds this by the entry point in ``setup.cfg``."""

from pathlib import Path


def find_hooks() -> list[str]:
    """The folder of the hook."""
    return [str(Path(__file__).parent)]
