"""The service over real HTTP: answers, refusals, limits, metrics, pages, graceful stop."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from breakeven.runtime.predictor import load
from breakeven.serving import key_file

ROW = {"age": 40, "plan": "free", "city": "上海", "signed": "2025-06-01", "spend": 12.5}


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        data = raw if raw is not None else (None if body is None else json.dumps(body).encode())
        with contextlib.closing(connection):
            connection.request(method, path, data, {"content-type": "application/json", **(headers or {})})
            with connection.getresponse() as reply:
                text = reply.read()
                headers = {k.lower(): v for k, v in reply.getheaders()}
        return (
            reply.status,
            (json.loads(text) if text and headers.get("content-type") == "application/json" else text.decode()),
            headers,
        )


def start(*folders: Path, options: Sequence[str] = ()) -> tuple[subprocess.Popen, Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "breakeven", "serve", *map(str, folders), "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = Client(port)
    for _ in range(200):
        try:
            if client("GET", "/health/live")[0] == 200:
                return process, client
        except OSError:
            time.sleep(0.05)
    process.kill()
    raise AssertionError("the server did not start")


@pytest.fixture(scope="module")
def call(built: Path) -> Iterator[Client]:
    process, client = start(built)
    yield client
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) in (0, -signal.SIGTERM)


def test_an_answer_with_probabilities_and_reasons(call: Client, built: Path) -> None:
    status, body, _ = call("POST", "/v1/predict", {"rows": [ROW], "explain": True})
    assert status == 200
    answer = body["predictions"][0]
    assert answer["prediction"] in ("yes", "no")
    assert abs(sum(answer["probabilities"].values()) - 1) < 1e-9
    assert {r["column"] for r in answer["reasons"]} == set(ROW)
    assert answer["prediction"] == load(built).predict([ROW])[0]["prediction"]


def test_one_row_and_many_answer_alike(call: Client) -> None:
    rows = [{**ROW, "age": a, "plan": p} for a in (20, None, 70) for p in ("free", "pro", "new", None)]
    many = call("POST", "/v1/predict", {"rows": rows * 10})[1]["predictions"]
    for row, answer in zip(rows, many, strict=False):
        one = call("POST", "/v1/predict", {"rows": [row]})[1]["predictions"][0]
        assert one["probability"] == pytest.approx(answer["probability"], abs=1e-6)


def test_levels_that_training_did_not_have_are_noted_beside_the_answers(call: Client) -> None:
    rows = [ROW, {**ROW, "plan": "platinum"}, {**ROW, "plan": None, "city": "Ulm"}, {**ROW, "plan": "platinum"}]
    body = call("POST", "/v1/predict", {"rows": rows})[1]
    assert len(body["predictions"]) == 4
    assert body["notes"] == [
        "column 'plan': 2 cells have a value that training did not have ('platinum'), read as unknown",
        "column 'city': 1 cell has a value that training did not have ('Ulm'), read as unknown",
    ]
    for told in ({"rows": [rows[1]]}, {"rows": [rows[1]], "explain": True}):
        assert "'platinum'" in call("POST", "/v1/predict", told)[1]["notes"][0]
    for told in ({"rows": [ROW]}, {"rows": [ROW, {**ROW, "plan": None}]}, {"rows": [{**ROW, "plan": " FREE "}]}):
        assert "notes" not in call("POST", "/v1/predict", told)[1]


def test_a_missing_cell_is_missing_however_it_is_spelled(call: Client) -> None:
    words = [None, "n/a", "-", "None", "NA", ""]
    told = {"rows": [{**ROW, "age": word, "signed": word} for word in words]}
    status, body, _ = call("POST", "/v1/predict", told)
    assert status == 200
    alone = [call("POST", "/v1/predict", {"rows": [row]})[1]["predictions"][0] for row in told["rows"]]
    for answer in (*body["predictions"], *alone):
        assert answer["probability"] == pytest.approx(body["predictions"][0]["probability"], abs=1e-6)


BAD = [
    ({"rows": [{**ROW, "agee": 1}]}, 422, ["row 0", "agee", "did you mean 'age'"]),
    ({"rows": [{k: v for k, v in ROW.items() if k != "plan"}]}, 422, ["row 0", "'plan' is missing"]),
    ({"rows": [ROW, {**ROW, "age": "old"}]}, 422, ["row 1", "'age'", "a number", "'old'"]),
    ({"rows": [{**ROW, "age": [1]}]}, 422, ["row 0", "'age'"]),
    ({"rows": [{**ROW, "age": True}]}, 422, ["row 0", "'age'"]),
    ({"rows": [{**ROW, "signed": "soon"}]}, 422, ["'signed'", "date"]),
    ({"rows": [{**ROW, "plan": {"a": 1}}]}, 422, ["'plan'"]),
    ({"rows": [{**ROW, "age": 1e999}]}, 400, ["not JSON"]),
    ({"rows": []}, 422, ["empty"]),
    ({"rows": ROW}, 422, ["rows"]),
    ({"rows": [3]}, 422, ["row 0", "object"]),
    ({"rows": [{**ROW, "age": [[[[[[[[[[[[1]]]]]]]]]]]]}]}, 422, ["rows[0], age", "nested"]),
    ({"rows": ["abcde"]}, 422, ["row 0", "object"]),
    ({"rows": [[1, 2, 3, 4, 5]]}, 422, ["row 0", "object"]),
    ({"rows": [None]}, 422, ["row 0", "object"]),
    ({"rows": [{**ROW, "age": 1e200}]}, 422, ["row 0", "'age'", "3.4e+38"]),
    ({"rows": [{**ROW, "age": "1e999"}]}, 422, ["row 0", "'age'"]),
    ({"rows": [ROW], "explian": True}, 422, ["explian", "explain"]),
    ({"rows": [ROW], "explain": "yes"}, 422, ["explain"]),
    ([ROW], 422, ["rows"]),
    ({"rows": [ROW] * 10_001}, 413, ["10,001", "10,000"]),
]


@pytest.mark.parametrize(("body", "status", "words"), BAD)
def test_a_wrong_request_is_named(call: Client, body: object, status: int, words: list[str]) -> None:
    got, reply, _ = call("POST", "/v1/predict", body)
    assert got == status, reply
    assert all(word in reply["error"] for word in words), reply


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b'{"rows": [{"age": NaN}]}', 400),
        (b"", 400),
        (b"{", 400),
        (b"[" * 5000 + b"]" * 5000, 400),
        (b"\xff\xfe", 400),
        (b'{"rows": [], "rows": []}', 422),
        (b" " * (17 << 20), 413),
    ],
    ids=["nan", "nothing", "cut", "nested", "not text", "duplicate key", "17 MB"],
)
def test_what_is_not_json(call: Client, raw: bytes, status: int) -> None:
    got, reply, _ = call("POST", "/v1/predict", raw=raw)
    assert (got, "error" in reply) == (status, True)


def test_a_hundred_thousand_rows_are_refused(call: Client) -> None:
    small = b'{"rows": [' + b",".join([b"{}"] * 100_000) + b"]}"
    got, reply, _ = call("POST", "/v1/predict", raw=small)
    assert got == 413
    assert "100,000" in reply["error"]


def test_paths_and_methods(call: Client) -> None:
    assert call("GET", "/nothing")[0] == 404
    status, _, headers = call("GET", "/v1/predict")
    assert (status, headers["allow"]) == (405, "POST")
    assert call("DELETE", "/docs")[2]["allow"] == "GET, HEAD"
    assert call("GET", "/health/ready")[1] == {"ready": True}
    assert call("HEAD", "/health/live")[0] == 200
    for path, referrer in (("/", "no-referrer"), ("/docs", "no-referrer"), ("/v1/predict", None), ("/nothing", None)):
        headers = call("GET", path)[2]
        assert (headers["x-content-type-options"], headers.get("referrer-policy")) == ("nosniff", referrer)


def test_metrics_count_by_status(call: Client) -> None:
    call("POST", "/v1/predict", {"rows": []})
    text = call("GET", "/metrics")[1]
    assert 'breakeven_requests_total{path="/v1/predict",status="422"}' in text
    assert "http_server_request_duration_seconds_bucket" in text


def test_the_description_is_openapi_and_its_example_is_answered(call: Client) -> None:
    spec = call("GET", "/openapi.json")[1]
    assert spec["openapi"] == "3.1.0"
    row = spec["components"]["schemas"]["Row"]
    Draft202012Validator.check_schema(row)
    Draft202012Validator(row).validate(ROW)
    content = spec["paths"]["/v1/predict"]["post"]["requestBody"]["content"]["application/json"]
    whole = Draft202012Validator({**content["schema"], "components": spec["components"]})
    whole.validate(content["example"])
    status, answer, _ = call("POST", "/v1/predict", content["example"])
    assert status == 200
    done = spec["paths"]["/v1/predict"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator({**done, "components": spec["components"]}).validate(answer)
    assert {"400", "403", "413", "415", "422", "503"} <= set(spec["paths"]["/v1/predict"]["post"]["responses"])
    assert "openapi.json" in call("GET", "/docs")[1]


def test_a_tables_paths_ask_for_their_scopes(call: Client) -> None:
    """Everything is read but feedback and health: an answer keeps nothing."""
    for path, operations in call("GET", "/openapi.json")[1]["paths"].items():
        for operation in operations.values():
            expected = "open" if "/health/" in path else "write" if path == "/v1/feedback" else "read"
            assert (expected == "open") == (operation["security"] == [])
            assert expected == "open" or f"a key of scope {expected}," in operation["description"], path


def test_open_inference_protocol(call: Client) -> None:
    assert call("GET", "/v2/health/ready")[0] == 200
    about = call("GET", "/v2/models/churn")[1]
    inputs = [
        {"name": t["name"], "datatype": t["datatype"], "shape": [2], "data": [ROW[t["name"]]] * 2}
        for t in about["inputs"]
    ]
    status, reply, _ = call("POST", "/v2/models/churn/infer", {"id": "7", "inputs": inputs})
    assert status == 200
    assert (reply["id"], reply["outputs"][0]["shape"]) == ("7", [2])
    assert reply["outputs"][1]["shape"] == [2, 2]
    assert len(reply["outputs"][1]["data"]) == 4
    assert call("POST", "/v2/models/churn/infer", {"inputs": inputs[1:]})[0] == 422
    assert call("POST", "/v2/models/churn/infer", {"inputs": "x"})[0] == 422


EVIL = {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/feedback", "/v2/models/churn/infer"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"host": "evil.example"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"content-type": "text/plain", **EVIL}, 403),
    ],
)
def test_foreign_pages_are_refused_on_every_path(
    call: Client, built: Path, path: str, headers: dict[str, str], status: int
) -> None:
    from breakeven.online.event_log import FILE

    body = {"rows": [ROW]} if path == "/v1/predict" else {"outcomes": [{"row": ROW, "outcome": "yes"}], "inputs": []}
    got, reply, _ = call("POST", path, body, headers=headers)
    assert got == status and "header" in reply["error"]
    assert not (built / FILE).exists()


def test_the_servers_own_page_and_an_allowed_host_are_answered(call: Client, built: Path, tmp_path: Path) -> None:
    own = {"origin": f"http://127.0.0.1:{call.port}", "sec-fetch-site": "same-origin"}
    assert call("POST", "/v1/predict", {"rows": [ROW]}, headers=own)[0] == 200
    public = {"host": "shop.example", "origin": "https://shop.example", "sec-fetch-site": "same-origin"}
    assert call("POST", "/v1/predict", {"rows": [ROW]}, headers=public)[0] == 403
    product = tmp_path / "product"
    shutil.copytree(built / "build" / "latest" / "product", product)
    key = {"x-api-key": key_file.add(product, "page", "read")}
    process, client = start(product, options=["--allow-host", "shop.example"])
    try:
        assert client("POST", "/v1/predict", {"rows": [ROW]}, headers=public)[0] == 401
        assert client("POST", "/v1/predict", {"rows": [ROW]}, headers={**public, **key})[0] == 200
    finally:
        process.terminate()
        process.wait(15)


def test_a_wrong_allowed_host_is_one_line(built: Path) -> None:
    command = [sys.executable, "-m", "breakeven", "serve", str(built), "--allow-host", "http://shop.example"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "--allow-host" in done.stderr and done.stderr.count("\n") == 1


def test_a_product_without_a_key_is_not_served_to_others(built: Path) -> None:
    command = [sys.executable, "-m", "breakeven", "serve", str(built), "--host", "0.0.0.0", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"breakeven keys {built} add" in done.stderr


def test_feedback_is_on_disk_before_it_is_acknowledged(call: Client, built: Path) -> None:
    from breakeven.online.event_log import FILE
    from breakeven.online.outcomes import stored_outcomes

    status, reply, _ = call("POST", "/v1/feedback", {"outcomes": [{"row": ROW, "outcome": "yes"}]})
    assert (status, reply["kept"]) == (200, 1)
    assert stored_outcomes(built, "churn")[-1].outcome == "yes"
    for bad in ({"row": ROW, "outcome": "maybe"}, {"row": {**ROW, "age": "x"}, "outcome": "yes"}, {"row": ROW}, 3):
        assert call("POST", "/v1/feedback", {"outcomes": [bad]})[0] == 422
    assert (built / FILE).is_file()
    (built / FILE).unlink()


def test_a_request_in_work_is_finished_on_stop(built: Path) -> None:
    process, client = start(built)
    body = json.dumps({"rows": [ROW] * 10_000}).encode()
    out: list[int] = []
    thread = threading.Thread(target=lambda: out.append(client("POST", "/v1/predict", raw=body)[0]))
    thread.start()
    time.sleep(0.15)
    process.send_signal(signal.SIGTERM)
    thread.join()
    process.wait(15)
    assert out == [200]


def test_a_changed_product_is_not_served(built: Path, tmp_path: Path) -> None:
    copy = tmp_path / "product"
    shutil.copytree(built / "build" / "latest" / "product", copy)
    content = bytearray((copy / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (copy / "model.onnx").write_bytes(bytes(content))
    done = subprocess.run(
        [sys.executable, "-m", "breakeven", "serve", str(copy)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "changed since it was published" in done.stderr


@pytest.mark.parametrize("port", ["busy", "99999"])
def test_a_port_that_cannot_be_had_is_one_line(built: Path, port: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1]) if port == "busy" else port
        command = [sys.executable, "-m", "breakeven", "serve", str(built), "--port", number]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "cannot listen" in done.stderr
