"""How torhaus-licence is told with what to work, its help in two languages, and how a product embeds it."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.sdk.licences import KEYS
from torhaus_sdk import console
from torhaus_sdk.client import Client
from torhaus_sdk.console_options import WrongUsage, language_of, parser, settings_from
from torhaus_sdk.console_texts import _TEXTS
from torhaus_sdk.jwks import jwks
from torhaus_sdk.tokens import new_token

NEEDS = ("server", "product", "keys", "state")
FILE = 'server = "https://a.example"\nproduct = "acme"\nkeys = "jwks.json"\nstate = "/var/lib/acme/licence.json"\n'


def settings(tmp_path: Path, *words: str, file: str = FILE, needs=NEEDS, **env: str):
    path = tmp_path / "torhaus-licence.toml"
    path.write_text(file)
    said = parser("en").parse_args(["--config", str(path), *words, "status"])
    return settings_from(said, {f"TORHAUS_LICENCE_{name}": value for name, value in env.items()}, needs=needs)


def test_an_option_stands_before_the_environment_and_that_before_the_file(tmp_path):
    assert settings(tmp_path).server == "https://a.example"
    assert settings(tmp_path, SERVER="https://b.example").server == "https://b.example"
    given = settings(tmp_path, "--server", "https://c.example", SERVER="https://b.example")
    assert given.server == "https://c.example"


def test_paths_of_the_file_lie_beside_it_and_those_of_options_where_one_stands(tmp_path):
    assert settings(tmp_path).keys == tmp_path / "jwks.json"
    assert settings(tmp_path).state == Path("/var/lib/acme/licence.json")
    assert settings(tmp_path, "--keys", "other.json").keys == Path("other.json")


def test_everything_a_product_may_say(tmp_path):
    more = 'version = "4.2"\nreleased_on = 2026-11-01\nenvironment = "test"\nproxy = "http://p:3128"\nlanguage = "de"\n'
    found = settings(tmp_path, file=FILE + more)
    assert (found.version, found.released_on, found.environment) == ("4.2", date(2026, 11, 1), "test")
    assert found.proxy == "http://p:3128"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (FILE + 'sever = "x"', "sever is not a setting. Known are server, product"),
        (FILE + "version = 4", "version must be a text"),
        (FILE + "x", "cannot be read"),
        (FILE + 'released_on = "yesterday"', "yesterday is not a day such as 2026-11-22"),
        ('server = "https://a.example"', "product is not known. Give --product, TORHAUS_LICENCE_PRODUCT"),
    ],
)
def test_what_cannot_be_is_named(tmp_path, file, said):
    with pytest.raises(WrongUsage, match=said):
        settings(tmp_path, file=file)


def test_no_file_is_taken_from_the_current_directory(tmp_path, monkeypatch):
    # Whoever may write there could have the token sent to a server of theirs.
    (tmp_path / "torhaus-licence.toml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["/usr/bin/torhaus-licence"])
    assert settings_from(parser("en").parse_args(["status"]), {}).server == ""
    monkeypatch.setattr("sys.argv", [str(tmp_path / "torhaus-licence")])
    assert settings_from(parser("en").parse_args(["status"]), {}).server == "https://a.example"


def test_shared_options_may_stand_before_or_after_the_command():
    for words in (
        ["--json", "--state", "s", "check"],
        ["check", "--json", "--state", "s"],
        ["--json", "check", "--state=s"],
    ):
        said = parser("en").parse_args(words)
        assert (said.json, said.state, said.command) == (True, "s", "check"), words
    assert parser("en").parse_args(["check"]).json is False


@pytest.mark.parametrize(
    ("words", "env", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "de_AT.UTF-8"}, "de"),
        ([], {"LC_ALL": "en_GB.UTF-8", "LANG": "de_DE.UTF-8"}, "en"),
        ([], {"TORHAUS_LICENCE_LANGUAGE": "de", "LC_ALL": "C"}, "de"),
        (["status", "--language", "en"], {"LANG": "de_DE"}, "en"),
        (["--language=de", "status"], {}, "de"),
        ([], {"LANG": "fr_FR"}, "en"),
        (["--language"], {}, "en"),
    ],
)
def test_the_language_is_known_before_anything_else(words, env, language):
    assert language_of(words, env) == language


def test_help_is_whole_in_both_languages(capsys):
    for language, begins, commands in (("en", "usage: ", "commands:"), ("de", "Aufruf: ", "Befehle:")):
        with pytest.raises(SystemExit) as end:
            console.main(["--help", "--language", language])
        shown = capsys.readouterr().out
        assert end.value.code == 0
        assert shown.startswith(begins)
        assert commands in shown
        for command in ("set-token", "check", "status", "install", "list", "remove", "usage", "activate", "deactivate"):
            assert f"    {command} " in shown
            with pytest.raises(SystemExit):
                console.main([command, "--help", "--language", language])
            assert capsys.readouterr().out.startswith(begins)
        assert all(f"{code.value} " in shown for code in console.Exit)


def test_every_text_is_there_in_both_languages():
    for name, (english, german) in _TEXTS.items():
        assert english
        assert german, name
        assert english.count("{") == german.count("{"), name
        assert english.endswith(".") == german.endswith("."), name


def test_a_product_embeds_the_command_with_a_client_of_its_own(tmp_path, capsys):
    seen = []

    def factory(found):
        seen.append(found)
        kept = {"state_file": tmp_path / "s.json", "language": found.language}
        return Client("https://portal.example", "acme", keys=jwks(KEYS), **kept)

    token = new_token("acme").text
    assert console.main(["set-token", "--token", token, "--language", "de"], client_factory=factory) == 0
    assert "ist gespeichert" in capsys.readouterr().out
    assert seen[0].language == "de"
    assert console.main(["status", "--json"], client_factory=factory) == console.Exit.NOT_VALID
    shown = capsys.readouterr().out
    assert json.loads(shown)["code"] == "not_checked"
    assert token not in shown


def test_without_settings_it_says_what_is_missing(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["/usr/bin/torhaus-licence"])
    for name in ("SERVER", "CONFIG", "LANGUAGE"):
        monkeypatch.delenv(f"TORHAUS_LICENCE_{name}", raising=False)
    assert console.main(["status"]) == 2
    assert "server is not known. Give --server, TORHAUS_LICENCE_SERVER, or server in" in capsys.readouterr().err


@pytest.mark.parametrize("keys", ["", "{}", None, '{"keys": [{"kty": "OKP", "d": "x"}]}'])
def test_keys_that_cannot_be_used_are_wrong_usage(tmp_path, capsys, keys):
    path = tmp_path / "jwks.json"
    if keys is not None:
        path.write_text(keys)
    words = ["--server", "https://a.example", "--product", "acme", "--state", str(tmp_path / "s"), "--keys", str(path)]
    assert console.main([*words, "status", "--language", "en"]) == 2
    assert "public keys" in capsys.readouterr().err


def test_a_server_without_encryption_is_wrong_usage(tmp_path, capsys):
    (tmp_path / "jwks.json").write_text(jwks(KEYS))
    words = ["--product", "acme", "--state", str(tmp_path / "s"), "--keys", str(tmp_path / "jwks.json")]
    assert console.main([*words, "--server", "http://portal.example", "status", "--language", "en"]) == 2
    assert "https://" in capsys.readouterr().err
