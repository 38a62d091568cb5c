"""CVAT for images 1.1 (https://docs.cvat.ai/docs/other/xml_format): points, with the character as label.

CVAT counts pixels from the image's corner. It has no string of an image, so that of one without centres is lost. A
task that is to take the file needs the labels that stand in its head.
"""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from annotation.formats.annotated import Annotated
from fcn_captcha.data.errors import DataError

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def encode(images: Sequence[Annotated]) -> str:
    """The file's content. Raises :class:`DataError` for a character or name that no XML can hold."""
    root = Xml.Element("annotations")
    Xml.SubElement(root, "version").text = "1.1"
    task = Xml.SubElement(Xml.SubElement(root, "meta"), "task")
    Xml.SubElement(task, "size").text = str(len(images))
    Xml.SubElement(task, "mode").text = "annotation"
    labels = Xml.SubElement(task, "labels")
    for character in sorted({c for image in images for c in image.text}):
        label = Xml.SubElement(labels, "label")
        Xml.SubElement(label, "name").text = character
        Xml.SubElement(label, "type").text = "points"
        Xml.SubElement(label, "attributes")
    for number, image in enumerate(images):
        found = _NOT_XML.search(image.name + image.text)
        if found is not None:
            raise DataError(f"{image.name}: no XML file can hold the character {found[0]!r} of its name or string")
        width, height = image.size
        stated = {"id": str(number), "name": image.name, "width": str(width), "height": str(height)}
        element = Xml.SubElement(root, "image", stated)
        for index, (x, y) in enumerate([] if image.centres is None else image.centres.tolist()):
            place = f"{x + 0.5:.3f},{y + 0.5:.3f}"
            own = {"label": image.text[index], "source": "manual", "occluded": "0", "points": place, "z_order": "0"}
            Xml.SubElement(element, "points", own)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"
