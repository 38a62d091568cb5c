import pytest

from fcn_captcha.__main__ import COMMANDS, main


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_answers_under_the_one_name(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert f"python -m fcn_captcha.{command}" in capsys.readouterr().out


def test_without_a_command_or_with_a_wrong_one_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: fcn-captcha COMMAND" in capsys.readouterr().err
    assert main(["trian"]) == 2
    assert f"error: command: one of {', '.join(COMMANDS)} is needed, got 'trian'" in capsys.readouterr().err
    assert main(["--help"]) == 0
    assert "draw labelled images" in capsys.readouterr().out
