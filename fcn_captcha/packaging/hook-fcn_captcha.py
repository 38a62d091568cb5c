"""PyInstaller's hook: the fonts and the model come along, and what only training needs stays out."""
# ruff: noqa: N999, PyInstaller looks for this name

from PyInstaller.utils.hooks import collect_data_files

datas = collect_data_files("fcn_captcha", includes=["fonts/*", "models/*"])
excludedimports = ["jax", "keras", "matplotlib", "onnx", "scipy", "tensorflow", "torch"]
