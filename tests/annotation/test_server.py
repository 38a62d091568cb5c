import json
from pathlib import Path

import pytest
from served import TOKEN, Client, make_point, write_picture

from annotation.project import Project
from annotation.server import make_app

AB = [make_point("a", 20, 20), make_point("b", 60, 20)]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    for name in ("ab.png", "cd.png", "x&<b>\"'.png", "אב.png"):
        write_picture(tmp_path / name)
    return Client(make_app(Project(tmp_path), TOKEN))


def test_a_change_is_answered_with_its_revision_and_is_in_the_file(client: Client, tmp_path: Path) -> None:
    answer = client.put("ab.png", "", AB, True)
    assert answer.status_code == 200
    record = json.loads((tmp_path / "ab.json").read_text())
    assert [shape["points"] for shape in record["shapes"]] == [[[20, 20]], [[60, 20]]]
    shown = client.show("ab.png")
    assert shown["revision"] == answer.json()["revision"]
    assert shown["done"]
    assert not (tmp_path / "cd.json").exists()


def test_a_conflict_is_answered_with_what_is_there(client: Client) -> None:
    client.put("ab.png", "", AB)
    answer = client.put("ab.png", "", AB[:1])
    assert answer.status_code == 409
    assert [point["label"] for point in answer.json()["points"]] == ["a", "b"]


@pytest.mark.parametrize("name", ["x&<b>\"'.png", "אב.png"])
def test_names_with_markup_and_of_any_script_are_plain_names(client: Client, name: str) -> None:
    assert client.put(name, "", AB).status_code == 200
    shown = client.show(name)
    assert shown["name"] == name
    for kind in ("pixels", "thumbnail"):
        answer = client.ask("GET", f"/api/{kind}", params={"name": name})
        assert answer.headers["content-type"] == "image/png"
        assert answer.content.startswith(b"\x89PNG")


def test_labels_with_markup_and_lone_surrogates_come_back(client: Client) -> None:
    content = (
        rb'{"base": "", "done": false, "points": [{"label": "<", "x": 1, "y": 2}, {"label": "\ud800", "x": 3, "y": 4}]}'
    )
    headers = {"Content-Type": "application/json"}
    answer = client.ask("PUT", "/api/annotation?name=ab.png", headers=headers, content=content)
    assert answer.status_code == 200
    assert [point["label"] for point in client.show("ab.png")["points"]] == ["<", "\ud800"]


def test_steps_go_through_the_names_and_round(client: Client) -> None:
    def step(name: str | None, by: int = 1, **view: str) -> str | None:
        params = {"by": str(by), **view} | ({} if name is None else {"name": name})
        image = client.ask("GET", "/api/step", params=params).json()["image"]
        return None if image is None else str(image["name"])

    names = ["ab.png", "cd.png", "x&<b>\"'.png", "אב.png"]
    assert step(None) == names[0]
    assert [step(name) for name in names] == [*names[1:], names[0]]
    assert [step(name, -1) for name in names] == [names[-1], *names[:-1]]
    assert step("cd.png", 0) == "cd.png"
    assert step(None, show="done") is None
    client.put("cd.png", "", AB, True)
    assert step(None, show="done") == "cd.png"
    assert step("ab.png", show="left") == names[2]


def test_a_list_says_what_is_done(client: Client) -> None:
    client.put("cd.png", "", AB, True)
    found = client.ask("GET", "/api/images", params={"start": "1", "count": "2", "name": "אב.png"}).json()
    assert (found["total"], found["place"]) == (4, 3)
    assert [(item["name"], item["done"], item["text"]) for item in found["items"]] == [
        ("cd.png", True, "ab"), ("x&<b>\"'.png", False, ""),
    ]  # fmt: skip


def test_a_string_is_placed_and_nothing_is_saved(client: Client, tmp_path: Path) -> None:
    answer = client.ask("POST", "/api/proposal", params={"name": "ab.png"}, json={"text": "wxyz"})
    assert [point["label"] for point in answer.json()["points"]] == list("wxyz")
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"points": [], "done": False}, "base: "),
        ({"base": "", "points": [], "done": True}, "done: "),
        ({"base": "", "points": [make_point("a", 500, 1)], "done": False}, "outside the image of 120×40 px"),
    ],
)
def test_what_can_not_be_saved_is_said(client: Client, record: dict[str, object], words: str) -> None:
    answer = client.ask("PUT", "/api/annotation", params={"name": "ab.png"}, json=record)
    assert answer.status_code == 422
    assert words in answer.json()["error"]


def test_a_full_disk_is_said_and_an_image_that_is_gone(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        answer = client.put("ab.png", "", AB)
    assert (answer.status_code, answer.json()["error"]) == (507, "not saved: No space left on device")
    (tmp_path / "ab.png").unlink()
    answer = client.put("ab.png", "", AB)
    assert answer.status_code == 422
    assert "no such file any more" in answer.json()["error"]
    assert client.ask("GET", "/api/pixels", params={"name": "ab.png"}).status_code == 422
