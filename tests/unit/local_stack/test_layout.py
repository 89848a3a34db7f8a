"""Ports, places and the settings of each service."""

import json
import os
import stat
from pathlib import Path

import pytest

from local_stack import environment, keys
from local_stack.errors import StackError
from local_stack.files import write_private
from local_stack.layout import (
    CALLEES,
    ENCRYPTING,
    PORTS,
    ROOT,
    SERVICES,
    SOCKET_PATH_MAX,
    Layout,
    current_layout,
    postgres_folder,
    private_folder,
)
from service_kit.tokens import public_jwk_of


def test_one_setting_moves_every_port() -> None:
    assert [Layout(Path("/x"), 1_000).port(name) - PORTS[name] for name in PORTS] == [1_000] * len(PORTS)
    assert PORTS["postgres"] != 5432


def test_local_dir_names_the_stack() -> None:
    assert current_layout({"LOCAL_DIR": "/somewhere/else"}).folder == Path("/somewhere/else")
    assert current_layout({}).folder == ROOT / ".local"
    assert current_layout({"LOCAL_DIR": ""}).folder == ROOT / ".local"


@pytest.mark.parametrize("text", ["-1", "x", "1.5", "60000", "٣"])
def test_an_offset_that_is_none_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(StackError, match="PORT_OFFSET must be a whole number from 0 to"):
        current_layout({"PORT_OFFSET": text})


@pytest.mark.parametrize("folder", ["/a%b", '/a"b'])
def test_a_path_that_supervisor_cannot_use_is_refused(folder: str) -> None:
    with pytest.raises(StackError, match="supervisor cannot use a path with"):
        current_layout({"LOCAL_DIR": folder})
    assert current_layout({"LOCAL_DIR": "/a b'c"}).folder == Path("/a b'c")


def test_a_stack_remembers_the_offset_it_was_started_with(tmp_path: Path) -> None:
    Layout(tmp_path, 300).remember_offset()
    assert current_layout({"LOCAL_DIR": str(tmp_path)}).port_offset == 300
    assert current_layout({"LOCAL_DIR": str(tmp_path), "PORT_OFFSET": "0"}).port_offset == 0


def test_a_stack_remembers_what_it_was_asked_for_and_nothing_else_of_the_environment(tmp_path: Path) -> None:
    layout = Layout(tmp_path, 300)
    assert layout.wishes() == {}
    layout.remember_offset()
    layout.remember_wishes({"RATE_LIMIT_FACTOR": "7", "AWS_SECRET_ACCESS_KEY": "x"})
    assert layout.wishes() == {"RATE_LIMIT_FACTOR": "7"}
    assert layout.remembered_offset() == 300
    layout.remember_wishes({})
    assert layout.wishes() == {}


def test_two_stacks_never_share_a_database_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    first, second = postgres_folder(Path("/a/.local")), postgres_folder(Path("/b/.local"))
    assert first != second
    assert first.parent == Path("/var/lib/credit-score-backend")
    monkeypatch.setattr(os, "getuid", lambda: 1_000)
    assert postgres_folder(Path("/a/.local")) == Path("/a/.local/postgres")


def test_sockets_move_to_a_short_private_folder_when_the_path_is_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    short, long = Layout(Path("/x")), Layout(Path("/" + "y" * 100))
    assert short.sockets == short.folder
    assert long.sockets.parent == tmp_path
    assert stat.S_IMODE(long.sockets.stat().st_mode) == 0o700
    assert len(str(short.folder / "supervisor.sock")) <= SOCKET_PATH_MAX


def test_a_folder_that_others_may_enter_is_not_private(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "open").chmod(0o755)
    with pytest.raises(StackError, match="is not a private folder of yours"):
        private_folder(tmp_path / "open")
    (tmp_path / "link").symlink_to(private_folder(tmp_path / "mine"))
    with pytest.raises(StackError, match="is not a private folder of yours"):
        private_folder(tmp_path / "link")


def test_a_file_is_whole_or_absent_and_its_owners_only(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    write_private(file, "one")
    write_private(file, "two")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("two", 0o600)
    with pytest.raises(UnicodeEncodeError):
        write_private(file, "\ud800")
    assert (file.read_text(), list(tmp_path.iterdir())) == ("two", [file])


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path, 100)
    keys.ensure_keys(made)
    keys.write_public_keys(made)
    return made


def test_keys_and_secrets_are_made_once_and_are_private(layout: Layout) -> None:
    secrets = keys.ensure_secrets(layout)
    pems = {path: path.read_text() for path in (layout.folder / "keys").glob("*.pem")}
    keys.ensure_keys(layout)
    assert keys.ensure_secrets(layout) == secrets
    assert {path: path.read_text() for path in pems} == pems
    assert len({*pems.values()}) == len(SERVICES) + 1
    private = [*pems, layout.folder / "secrets.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}


def test_a_stack_made_before_columns_were_encrypted_keeps_its_secrets_and_gets_keys(layout: Layout) -> None:
    old = {name: f"password of {name}" for name in SERVICES} | {"refresh_key": "ab" * 32}
    keys.write_secrets(layout, old)
    secrets = keys.ensure_secrets(layout)
    assert old.items() <= secrets.items()
    assert secrets.keys() - old.keys() == {keys.field_keys_of(service) for service in ENCRYPTING}
    assert keys.ensure_secrets(layout) == secrets


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_knows_the_public_keys_of_its_callers_only(layout: Layout, service: str) -> None:
    known = json.loads(keys.callers_file(layout, service).read_text())
    assert set(known) == {caller for caller, callees in CALLEES.items() if service in callees}
    for caller, key in known.items():
        assert key == public_jwk_of(keys.key_file(layout, caller).read_text())
        assert "d" not in key


def env_of(layout: Layout, service: str) -> dict[str, str]:
    lines = layout.env_file(service).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_each_service_gets_its_own_secrets_and_no_others(layout: Layout) -> None:
    secrets = keys.ensure_secrets(layout)
    environment.write_env_files(layout, secrets)
    for service in SERVICES:
        text = layout.env_file(service).read_text()
        assert stat.S_IMODE(layout.env_file(service).stat().st_mode) == 0o600
        held = {name for name, secret in secrets.items() if secret in text}
        fields = {keys.field_keys_of(service)} if service in ENCRYPTING else set()
        assert held == {service, *fields, *(["refresh_key"] if service == "user_service" else [])}
    assert [service for service in SERVICES if "SIGNING_KEY_FILE" in env_of(layout, service)] == ["user_service"]
    assert [service for service in SERVICES if "USER_ID_HEADER" in env_of(layout, service)] == ["profile_service"]


def test_a_service_is_told_its_database_and_its_neighbours(layout: Layout) -> None:
    environment.write_env_files(layout, keys.ensure_secrets(layout))
    score = env_of(layout, "score_service")
    assert score["SCORE_DATABASE_URL"].startswith("postgresql://score_service:")
    assert score["SCORE_DATABASE_URL"].endswith("@127.0.0.1:15532/score_db")
    assert score["SURVEY_SERVICE_URL"] == "http://127.0.0.1:8105"
    assert score["JWKS_URL"] == "http://127.0.0.1:8102/.well-known/jwks.json"
    assert "PROFILE_SERVICE_URL" not in score
