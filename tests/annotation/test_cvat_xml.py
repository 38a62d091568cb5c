from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from annotated_folders import ANNOTATED, read_all, write_annotated

from annotation.formats import cvat_xml
from annotation.formats.annotated import Annotated, spell
from fcn_captcha.data.errors import DataError


def test_points_by_their_labels(tmp_path: Path) -> None:
    root = Xml.fromstring(cvat_xml.encode(read_all(write_annotated(tmp_path))).encode())
    assert root.tag == "annotations"
    assert root.findtext("version") == "1.1"
    labels = [element.text for element in root.iterfind("meta/task/labels/label/name")]
    assert labels == sorted({c for text, _ in ANNOTATED.values() for c in text})
    assert [image.get("id") for image in root.iterfind("image")] == ["0", "1", "2", "3", "4"]
    for image in root.iterfind("image"):
        text, centres = ANNOTATED[str(image.get("name"))]
        assert (image.get("width"), image.get("height")) == ("60", "24")
        marks = []
        for element in image:
            assert element.tag == "points"
            x, y = map(float, str(element.get("points")).split(","))
            marks.append((x - 0.5, y - 0.5, str(element.get("label"))))
        if centres is None:
            assert not marks
            continue
        spelled, found = spell(marks)
        assert spelled == text
        np.testing.assert_allclose(found, centres, atol=0.0101)


def test_it_is_written_as_cvat_writes_it() -> None:
    text = cvat_xml.encode([Annotated("a&b.png", (40, 20), '"', np.array([[10.25, 7.5]]))])
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>')
    assert '<image id="0" name="a&amp;b.png" width="40" height="20">' in text
    assert '<points label="&quot;" source="manual" occluded="0" points="10.750,8.000" z_order="0" />' in text


def test_what_no_xml_can_hold_is_named() -> None:
    with pytest.raises(DataError, match=r"a\.png: no XML file can hold the character '\\x01'"):
        cvat_xml.encode([Annotated("a.png", (40, 20), "\x01", None)])
