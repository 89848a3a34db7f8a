"""`make env` makes each secret once."""

from pathlib import Path

from cryptography.fernet import Fernet

from tools.make_env import asked_for, complete


def values(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def test_every_secret_is_made_and_no_two_are_alike(tmp_path: Path) -> None:
    file = tmp_path / "env"
    assert complete(file) == asked_for()
    made = values(file)
    assert set(made) == set(asked_for())
    assert len(set(made.values())) == len(made)
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert len(bytes.fromhex(made["REFRESH_KEY"])) == 32
    Fernet(made["PROFILE_FIELD_KEYS"])


def test_what_has_a_value_is_kept_and_what_is_empty_is_made(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("REFRESH_KEY=mine\nPOSTGRES_PASSWORD=\nMY_OWN=thing\n")
    assert "POSTGRES_PASSWORD" in complete(file)
    assert values(file)["REFRESH_KEY"] == "mine"
    assert values(file)["MY_OWN"] == "thing"
    assert len(values(file)["POSTGRES_PASSWORD"]) == 64
    before = file.read_text()
    assert complete(file) == []
    assert file.read_text() == before
