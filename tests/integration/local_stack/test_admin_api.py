"""What `make up` answers on 8001: what the gateway was told, to look at and not to change."""

import copy
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local_stack import kong, render, supervisor
from local_stack.envoy import Gateway
from local_stack.keys import new_key
from local_stack.layout import PORTS, SERVICES
from service_kit.tokens import public_jwk_of
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, eventually

ORIGINS = ["http://localhost:3000", "http://127.0.0.1:3000"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    upstreams = {service: ("127.0.0.1", PORTS[service]) for service in SERVICES}
    return render.render(render.Installation([public_jwk_of(new_key())], upstreams, ORIGINS))


@pytest.fixture(scope="module")
def gateway(document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    folder = tmp_path_factory.mktemp("gateway")
    gateway = Gateway(folder, "127.0.0.1", free_port(), folder / "admin.sock", free_port())
    gateway.write(kong.parse(document))
    return gateway


@pytest.fixture(scope="module")
def admin_api(gateway: Gateway) -> Iterator[httpx.Client]:
    with (
        subprocess.Popen(supervisor.envoy(gateway)) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{gateway.admin_api_port}", timeout=PATIENCE_S) as client,
    ):
        try:
            eventually(lambda: answers(client), "the gateway answers")
            yield client
        finally:
            process.terminate()


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/").is_success
    except httpx.TransportError:
        return False


def test_it_tells_every_service_and_route_with_what_belongs_to_it(
    admin_api: httpx.Client, document: dict[str, Any]
) -> None:
    services = admin_api.get("/services").json()
    assert services["next"] is None
    assert [each["name"] for each in services["data"]] == [each["name"] for each in document["services"]]
    routes = {each["name"]: each for each in admin_api.get("/routes").json()["data"]}
    for declared in document["services"]:
        service = admin_api.get(f"/services/{declared['name']}").json()
        assert service == admin_api.get(f"/services/{service['id']}").json()
        assert {name: service[name] for name in ("host", "port", "read_timeout")} == {
            name: declared[name] for name in ("host", "port", "read_timeout")
        }
        of_service = admin_api.get(f"/services/{declared['name']}/routes").json()["data"]
        assert [each["paths"] for each in of_service] == [each["paths"] for each in declared["routes"]]
        for route in declared["routes"]:
            assert routes[route["name"]]["service"] == {"id": service["id"]}
            plugins = admin_api.get(f"/routes/{route['name']}/plugins").json()["data"]
            assert [each["name"] for each in plugins] == [each["name"] for each in route["plugins"]]
    assert routes["closed"]["service"] is None
    assert [each["username"] for each in admin_api.get("/consumers").json()["data"]] == ["people"]
    everywhere = [each["name"] for each in admin_api.get("/plugins").json()["data"] if each["route"] is None]
    assert everywhere == [each["name"] for each in document["plugins"]]
    assert "jwt" in admin_api.get("/").json()["plugins"]["enabled_in_cluster"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("path", ["/config", "/services", "/quitquitquit"])
def test_nothing_but_get_is_answered(admin_api: httpx.Client, method: str, path: str) -> None:
    assert admin_api.request(method, path).status_code == 405


@pytest.mark.parametrize("path", ["/config", "/servicesX", "/services/nobody", "/services/../config", "/stats"])
def test_what_is_not_there_is_not_found(admin_api: httpx.Client, path: str) -> None:
    answer = admin_api.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "localhost", "localhost.evil.example:{port}"])
def test_a_page_that_points_its_own_name_here_is_told_nothing(admin_api: httpx.Client, host: str) -> None:
    assert admin_api.get("/services", headers={"Host": f"localhost:{admin_api.base_url.port}"}).status_code == 200
    refused = admin_api.get("/services", headers={"Host": host.format(port=admin_api.base_url.port)})
    assert (refused.status_code, refused.json()) == (403, {"message": "Unknown host"})


def test_no_origin_may_read_it(admin_api: httpx.Client) -> None:
    answer = admin_api.get("/services", headers={"Origin": "http://localhost:3000"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_new_key_is_told_while_the_gateway_goes_on(
    admin_api: httpx.Client, gateway: Gateway, document: dict[str, Any]
) -> None:
    (old,) = document["consumers"][0]["jwt_secrets"]
    two = copy.deepcopy(document)
    two["consumers"][0]["jwt_secrets"].append(old | {"key": "the next one"})
    with httpx.Client(base_url=f"http://127.0.0.1:{gateway.port}", timeout=PATIENCE_S) as api:
        assert api.get("/api/v1/users/me").status_code == 401
        gateway.write(kong.parse(two))

        def is_told() -> bool:
            assert api.get("/api/v1/users/me").status_code == 401
            return [each["key"] for each in keys_told(admin_api)] == [old["key"], "the next one"]

        eventually(is_told)
        assert api.get("/api/v1/users/me").status_code == 401


def keys_told(admin_api: httpx.Client) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = admin_api.get("/consumers/people/jwt").json()["data"]
    return told
