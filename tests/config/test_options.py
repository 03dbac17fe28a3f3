"""Settings are read strictly: what is unknown or cannot be is refused with the way out."""

from pathlib import Path

import pytest
from scripts.document_settings import PAGE, page

from torhaus.config.options import Options, SettingError, read_options


def read(tmp_path, toml="", **variables):
    (tmp_path / "t.toml").write_text(toml)
    env = {f"TORHAUS_{name}": value for name, value in variables.items()}
    return read_options({"TORHAUS_CONFIG": str(tmp_path / "t.toml"), "HOME": "/nowhere"} | env)


def test_defaults(tmp_path):
    assert read(tmp_path) == Options()


def test_environment_wins_over_the_file(tmp_path):
    found = read(tmp_path, 'port = 81\nhosts = ["a.example", "b.example"]\nhttps = true', PORT="82")
    assert (found.port, found.hosts, found.https) == (82, ("a.example", "b.example"), True)
    assert read(tmp_path, HOSTS=" a.example , b.example,").hosts == ("a.example", "b.example")
    assert read(tmp_path, DATA_DIR="/srv/t").data_dir == Path("/srv/t")


def test_the_address_of_links_follows_the_port_unless_it_is_set(tmp_path):
    assert read(tmp_path).public_url == "http://localhost:8000"
    assert read(tmp_path, PORT="9000").public_url == "http://localhost:9000"
    assert read(tmp_path, PORT="9000", PUBLIC_URL="").public_url == "http://localhost:9000"
    assert read(tmp_path, PORT="9000", PUBLIC_URL="http://here.example").public_url == "http://here.example"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "eighty", "whole number"),
        ("PORT", "70000", "1 to 65535"),
        ("WORKERS", "0", "1 to 256"),
        ("HTTPS", "perhaps", "true or false"),
        ("MAIL_MODE", "pigeon", "files or smtp"),
        ("SMTP_TLS", "ssl3", "none or starttls or tls"),
        ("LOG_LEVEL", "loud", "DEBUG"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy", "'proxy' is no network"),
        ("PUBLIC_URL", "portal.example", "https://portal.example.com"),
        ("DATABASE_URL", "mysql://u:hunter2@h/n", "postgresql://"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(tmp_path, name, value, expected):
    with pytest.raises(SettingError) as refused:
        read(tmp_path, **{name: value})
    assert f"TORHAUS_{name}" in str(refused.value)
    assert expected in str(refused.value)
    assert "hunter2" not in str(refused.value), "a refusal shows no password"


def test_an_unknown_variable_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(SettingError, match="unknown setting TORHAUS_DATABSE_URL; did you mean TORHAUS_DATABASE_URL"):
        read(tmp_path, DATABSE_URL="x")
    with pytest.raises(SettingError, match="unknown setting 'potr'; did you mean port"):
        read(tmp_path, "potr = 1")
    with pytest.raises(SettingError, match="torhaus settings"):
        read(tmp_path, XYZZY="x")


def test_variables_of_the_tests_are_no_settings(tmp_path):
    assert read(tmp_path, TEST_DATABASE_URL="x") == Options()


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(SettingError, match="is no file"):
        read_options({"TORHAUS_CONFIG": str(tmp_path / "none.toml")})
    with pytest.raises(SettingError, match=r"t\.toml"):
        read(tmp_path, "port = = 1")


def test_every_setting_is_documented():
    assert PAGE.read_text("utf-8") == page(), "run `make docs`"
    for name in Options.__dataclass_fields__:
        assert f"`TORHAUS_{name.upper()}`" in page()
