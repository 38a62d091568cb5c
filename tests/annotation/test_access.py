from collections.abc import AsyncIterator, Iterator

import pytest
from attacks import Attack, list_attacks, send
from served import TOKEN, Client, Served, serve, write_picture

from annotation.access import Guard
from annotation.server import make_app

ATTACKS = list_attacks()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("attacked")
    write_picture(root / "secret.png")
    folder = root / "folder"
    write_picture(folder / "ab.png")
    write_picture(folder / ".hidden.png")
    (folder / "link.png").symlink_to(root / "secret.png")
    (folder / "folder").symlink_to(root)
    with serve(folder) as server:
        yield server


@pytest.fixture
def guard(served: Served) -> Guard:
    app = make_app(served.project, TOKEN)
    assert isinstance(app, Guard)
    return app


@pytest.fixture(scope="module")
def cookie(served: Served) -> str:
    opened = send(Attack("GET", f"/?token={TOKEN}", with_cookie=False), served.port, "")
    assert opened.status == 200
    return opened.headers["set-cookie"].partition(";")[0]


def test_there_are_two_hundred_attacks() -> None:
    assert len(ATTACKS) >= 200
    assert len({repr(attack) for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=[f"{i}-{a.method}" for i, a in enumerate(ATTACKS)])
def test_an_attack_is_answered_with_a_reason_only_and_changes_nothing(
    served: Served, cookie: str, attack: Attack
) -> None:
    answer = send(attack, served.port, cookie)
    assert 400 <= answer.status < 500
    assert len(answer.content) < 300
    assert "access-control-allow-origin" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert not list(served.project.folder.root.parent.rglob("*.json"))


def test_what_an_attack_asks_for_is_there_for_the_page(served: Served, cookie: str) -> None:
    for path in ("/", "/api/folder", "/api/annotation?name=ab.png", "/api/pixels?name=ab.png", "/static/page.js"):
        assert send(Attack("GET", path), served.port, cookie).status == 200


def test_the_link_opens_the_page_and_its_cookie_all_else(guard: Guard) -> None:
    client = Client(guard, None)
    page = client.ask("GET", f"/?token={TOKEN}", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
    assert page.status_code == 200
    assert "HttpOnly; SameSite=Strict" in page.headers["set-cookie"]
    for path in ("/", "/api/folder", "/static/page.js", "/api/pixels?name=ab.png"):
        assert client.ask("GET", path).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9000", "127.0.0.1:8790", "[::1]:1"])
def test_this_machine_by_any_of_its_names_and_ports_is_let_in(guard: Guard, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert Client(guard).ask("GET", "/api/folder", headers=headers).status_code == 200


def test_every_answer_says_what_the_page_may_load(guard: Guard) -> None:
    client = Client(guard)
    for path in ("/", "/api/folder", "/nowhere", "/api/pixels?name=ab.png"):
        headers = client.ask("GET", path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "no-referrer"
    assert client.ask("GET", "/api/folder").headers["cache-control"] == "no-store"


def test_a_body_that_is_longer_than_it_said_is_cut_off(guard: Guard) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 2**16

    answer = Client(guard).ask(
        "PUT", "/api/annotation?name=ab.png", headers={"Content-Type": "application/json"}, content=body()
    )
    assert answer.status_code == 413
