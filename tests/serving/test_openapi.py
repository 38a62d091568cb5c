import re
from dataclasses import fields

import fcn_captcha
from fcn_captcha.maps.decoding import Character, Reading
from fcn_captcha.serving.body import Limits
from fcn_captcha.serving.openapi import make_openapi, make_page, outline

RECORD = make_openapi(Limits(max_bytes=12345))


def test_it_describes_what_is_answered() -> None:
    assert RECORD["openapi"].startswith("3.")
    assert RECORD["info"]["version"] == fcn_captcha.__version__
    read = RECORD["paths"]["/read"]["post"]
    assert set(read["responses"]) == {"200", "400", "408", "413", "415", "503"}
    reading = read["responses"]["200"]["content"]["application/json"]["schema"]
    assert list(reading["properties"]) == [field.name for field in fields(Reading)]
    character = reading["properties"]["characters"]["items"]
    assert list(character["properties"]) == [field.name for field in fields(Character)]
    assert "12,345 bytes" in read["responses"]["413"]["description"]


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = make_page(RECORD)
    assert not re.findall(r"https?://|src=|<link|@import", page)
    assert "<b>POST</b> /read</h2>" in page
    for path in RECORD["paths"].keys() - {"/read"}:
        assert f'<b>GET</b> <a href="{path}">{path}</a></h2>' in page
    assert "{image: base64}" in page
    assert "{{" not in page


def test_the_page_escapes() -> None:
    record = {**RECORD, "info": {"title": "<script>", "version": "1"}}
    assert "<title>&lt;script&gt; 1</title>" in make_page(record)


def test_a_schema_in_one_line() -> None:
    schema = {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "number"}}}}
    assert outline(schema) == "[{x: number}]"
