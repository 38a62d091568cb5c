"""OpenCV, or what to install in its place: ``opencv-python`` needs libraries of a screen's, such as ``libGL.so.1``."""

try:
    import cv2
except ImportError as error:
    error.msg += "; without a screen: pip uninstall opencv-python; pip install opencv-python-headless"
    raise

__all__ = ["cv2"]
