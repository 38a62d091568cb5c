import socket
import sys
from pathlib import Path

import httpx
import pytest
from served import start_command, write_picture

from annotation import __main__ as command
from annotation.suspect_table import find_table


def test_the_command_prints_a_link_that_opens_the_page(tmp_path: Path) -> None:
    write_picture(tmp_path / "ab.png")
    with start_command(tmp_path) as (_, link):
        address, _, token = link.partition("?token=")
        assert len(token) >= 32
        with httpx.Client() as client:
            assert client.get(address).status_code == 401
            page = client.get(link)
            assert page.status_code == 200
            assert "<title>" in page.text
            assert client.get(address + "api/folder").json()["count"] == 1


def test_two_starts_have_two_tokens(tmp_path: Path) -> None:
    write_picture(tmp_path / "ab.png")
    with start_command(tmp_path) as (_, one), start_command(tmp_path) as (_, other):
        assert one.partition("=")[2] != other.partition("=")[2]


def test_only_this_machine_can_reach_it(tmp_path: Path) -> None:
    listener = command._listen(0)
    assert listener.getsockname()[0] == "127.0.0.1"
    assert listener.proto == socket.IPPROTO_TCP  # without Nagle's delay
    socket.create_connection(listener.getsockname()).close()  # before the server begins
    listener.close()


def test_a_port_that_is_taken_or_none_a_folder_that_is_not_there_and_a_model_that_is_none_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_picture(tmp_path / "ab.png")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for arguments, words in [
            ([str(tmp_path), "--port", port], f"port: {port} can't be had"),
            ([str(tmp_path), "--port", "70000"], "port: a number of 0 to 65535 is needed, got 70000"),
            ([str(tmp_path / "nowhere"), "--port", "0"], "no such folder"),
            ([str(tmp_path), "--port", "0", "--model", str(tmp_path / "no")], str(tmp_path / "no")),
        ]:
            with pytest.raises(SystemExit) as end:
                command.main([*arguments, "--no-browser"])
            assert end.value.code == 1
            assert words in capsys.readouterr().err


def test_suspects_are_searched_for_where_they_are_asked_for_and_read_where_they_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_picture(tmp_path / "images" / "ab.png")
    monkeypatch.chdir(tmp_path)
    folder = str(tmp_path / "images")
    parse = command.make_parser().parse_args
    assert command._find_suspects(parse([folder])) == {}
    asked: list[list[str]] = []

    def search(arguments: list[str]) -> int:
        asked.append(arguments)
        find_table(Path(folder)).write_text("file_name,stated,read,doubt\nab.png,ab,ax,0.9\n")
        return 0

    monkeypatch.setattr("annotation.suspects.main", search)
    found = command._find_suspects(parse([folder, "--suspects", "--model", "runs/first"]))
    assert found["ab.png"].read == "ax"
    work = "runs/suspects-images"
    assert asked == [[folder, "--work", work, "--out", f"{work}/suspects.csv", "--run", "runs/first"]]
    assert command._find_suspects(parse([folder])) == found
    assert len(asked) == 1


def test_help_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    code = """
import sys
from annotation.__main__ import main
try:
    main(["--help"])
except SystemExit as end:
    assert end.code == 0
print(sorted({"numpy", "keras", "tensorflow", "cv2", "starlette", "uvicorn"} & set(sys.modules)))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_its_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_picture(tmp_path / "a.png")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(SystemExit):
        command.main([str(tmp_path), "--no-browser"])
    assert "pip install 'fcn_captcha[annotation]' brings what the page needs" in capsys.readouterr().err
