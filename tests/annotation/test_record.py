import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.record import Point, State, apply_state, count_others, find_text, parse_record, parse_state, read_state
from fcn_captcha.data.errors import DataError

SIZE = 200, 50
OTHERS = [
    {"label": "frame", "points": [[0, 0], [9, 9]], "shape_type": "rectangle"},
    {"label": "road", "points": [[0, 0], [9, 9], [3, 4]], "shape_type": "polygon", "flags": {"hidden": True}},
    "no shape at all",
    {"label": "x", "points": [["a", 1]]},
    {"label": "x", "points": []},
]


def make_shape(label: str, x: float, y: float, **more: Any) -> dict[str, Any]:
    return {"label": label, "points": [[x, y]], "shape_type": "point", **more}


def test_shapes_of_one_character_are_points_at_their_middles() -> None:
    record = {
        "shapes": [
            make_shape("a", 3.5, 4),
            {"label": "b", "points": [[10, 10], [20, 30]], "shape_type": "rectangle"},
            {"label": "c", "points": [[50, 20], [55, 20]], "shape_type": "circle"},
            *OTHERS,
        ],
        "flags": {"done": True},
    }
    state = read_state(record)
    assert [(p.label, p.x, p.y) for p in state.points] == [("a", 3.5, 4), ("b", 15, 20), ("c", 50, 20)]
    assert state.done
    assert count_others(record) == len(OTHERS)
    assert not read_state({"flags": {"done": 1}, "shapes": []}).done
    assert not read_state({"flags": None}).done


def test_unknown_keys_and_shapes_that_are_no_characters_survive() -> None:
    before = {
        "version": "7.9.1",
        "flags": {"blurred": True},
        "shapes": [*OTHERS, make_shape("a", 3.25, 4, group_id=7, box=[1, 2, 3, 4], big=12345678901234567890)],
        "imageData": "aGVsbG8=",
        "made by": {"name": "somebody"},
        "text": "ab",
    }
    state = read_state(before)
    moved = State((Point("b", 13.25, 5, state.points[0].extra), Point("c", 40, 5)), False)
    after = apply_state(before, moved, "x.png", SIZE)
    assert after["version"] == "7.9.1"
    assert after["made by"] == {"name": "somebody"}
    assert after["imageData"] == "aGVsbG8="
    assert after["flags"] == {"blurred": True, "done": False}
    assert after["shapes"][:5] == OTHERS
    assert after["shapes"][5] == make_shape("b", 13.25, 5, group_id=7, box=[1, 2, 3, 4], big=12345678901234567890)
    assert after["shapes"][6]["label"] == "c"
    assert after["text"] == "ab"  # the points are not accepted yet


def test_a_shape_that_is_moved_keeps_its_form_and_one_that_is_not_its_numbers() -> None:
    box = {"label": "b", "points": [[10, 10], [20, 30.123456]], "shape_type": "rectangle"}
    (point,) = read_state({"shapes": [box]}).points
    same = apply_state({"shapes": [box]}, State((point,)), "x.png", SIZE)
    assert same["shapes"] == [box]
    moved = State((Point("b", point.x + 2, point.y, point.extra),))
    assert apply_state({"shapes": [box]}, moved, "x.png", SIZE)["shapes"][0]["points"] == [[12, 10], [22, 30.12]]


def test_a_new_file_is_as_labelme_wants_it_and_its_text_is_stated_once_done() -> None:
    state = State((Point("b", 30, 5), Point("a", 10, 5)), True)
    record = apply_state(None, state, "x.png", SIZE)
    assert record["text"] == state.text == "ab"
    assert (record["imagePath"], record["imageData"]) == ("x.png", None)
    assert (record["imageWidth"], record["imageHeight"]) == SIZE
    assert record["shapes"][0] == {
        "label": "b", "points": [[30, 5]], "group_id": None, "shape_type": "point", "flags": {},
    }  # fmt: skip
    assert "text" not in apply_state(None, State(state.points), "x.png", SIZE)


def test_text_is_in_reading_order_and_is_read_from_a_file() -> None:
    assert State((Point("א", 30, 5), Point("ב", 10, 5))).text == "אב"
    assert find_text({"text": "cafe\u0301"}) == "caf\u00e9"
    assert find_text({"label": "b"}) == "b"
    assert find_text({"text": 3}) is None


@given(
    st.lists(st.tuples(st.characters(codec="utf-8"), st.floats(0, 200), st.floats(0, 50)), max_size=6), st.booleans()
)
def test_a_state_comes_back_from_its_file(marks: list[tuple[str, float, float]], done: bool) -> None:
    state = parse_state({"points": [{"label": c, "x": x, "y": y} for c, x, y in marks], "done": done and bool(marks)})
    record = apply_state(None, state, "x.png", SIZE)
    back = read_state(parse_record(json.dumps(record).encode(), "x.json"))
    assert back.is_like(state)
    again = apply_state(record, back, "x.png", SIZE)
    assert again == record


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (None, "points"),
        ({"points": 3, "done": False}, "points"),
        ({"points": [], "done": 1}, "done"),
        ({"points": [{"label": "a", "x": 1, "y": float("nan")}], "done": False}, "points"),
        ({"points": [{"label": "a", "x": 1, "y": 1e300}], "done": False}, "points"),
        ({"points": [{"label": "a", "x": True, "y": 1}], "done": False}, "points"),
        ({"points": [{"label": "ab", "x": 1, "y": 1}], "done": False}, "points"),
        ({"points": [{"label": None, "x": 1, "y": 1}], "done": False}, "points"),
        ({"points": [{"label": "a", "x": 1, "y": 1, "extra": "{"}], "done": False}, "points"),
        ({"points": [{"label": "a", "x": 1, "y": 1, "extra": "[" * 100000}], "done": False}, "points"),
        ({"points": [{"label": "a", "x": 1, "y": 1, "extra": 3}], "done": False}, "points"),
        ({"points": [{"label": "a", "x": 1, "y": 1}] * 1001, "done": False}, "points"),
    ],
)
def test_what_is_no_state_is_refused(record: Any, key: str) -> None:
    with pytest.raises(ValueError, match=f"^{key}: "):
        parse_state(record)


@pytest.mark.parametrize(
    "state",
    [
        State((Point("a", 201, 5),)),
        State((Point("a", 5, -1),)),
        State((), True),
        State((Point("a", 5, 5), Point("", 9, 5)), True),
    ],
)
def test_a_state_that_does_not_fit_the_image_is_refused(state: State) -> None:
    with pytest.raises(ValueError, match=r"^(points|done): "):
        apply_state(None, state, "x.png", SIZE)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"shapes": 3}', b"[" * 100000])
def test_what_is_no_labelme_file_is_named(content: bytes) -> None:
    with pytest.raises(DataError, match=r"x\.json: not a labelme file"):
        parse_record(content, "x.json")
