"""What administrators wait for when the survey holds a million answers: the statistics, and a whole export.

`python -m benchmarks.survey_statistics [responses] [rounds]`, on a stack of its own; kept in survey.md.
"""

import os
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import psycopg2

from benchmarks.servers import database_url, pid_of
from tests.support import postgres
from tests.support.people import PASSWORD, SignedIn
from tests.support.stack import Stack, running_stack

# A number is spread over a thousand values, a choice takes the next option each time, a text says who wrote it.
RESPONSES = """
INSERT INTO responses (id, user_id, version, status, started_at, submitted_at)
    SELECT gen_random_uuid(), gen_random_uuid(), 1, 'complete', now() - n * interval '1 minute', now()
    FROM generate_series(1, %s) n
"""
# Each person's row takes a lock until the commit, and there is room for some thousands.
AT_ONCE = 1_000
ANSWERS = """
INSERT INTO answers (response_id, question_id, value)
    SELECT r.id, q.id, CASE question_type
        WHEN 'number' THEN to_jsonb(coalesce(q.min, 0) + r.n %% 1000)
        WHEN 'text' THEN to_jsonb('Answer ' || r.n)
        WHEN 'multiple_choice' THEN jsonb_build_array(
            q.options -> (r.n %% jsonb_array_length(q.options))::int -> 'value')
        ELSE q.options -> (r.n %% jsonb_array_length(q.options))::int -> 'value' END
    FROM (SELECT id, row_number() OVER () AS n FROM responses) r CROSS JOIN questions q
    ON CONFLICT DO NOTHING
"""
ASKED = ("monthly_income", "goal", "debt_kinds", "housing")


def main(responses: int = 45_000, rounds: int = 5) -> None:
    with tempfile.TemporaryDirectory(prefix="csb-bench-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's own user must pass through it when this runs as root
        os.environ[postgres.RUN_DIR] = folder
        with running_stack("stack", RATE_LIMIT_FACTOR="1000000") as stack:
            token = token_of_an_administrator(stack)
            fill(database_url(stack, "survey_service"), responses)
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(base_url=stack.layout.url("survey_service"), headers=headers, timeout=600) as client:
                measure_statistics(client, rounds)
                measure_export(client, psutil.Process(pid_of(stack, "survey_service")))


def token_of_an_administrator(stack: Stack) -> str:
    person: SignedIn = stack.new_person()
    made = stack.command("admin", person.email)
    assert made.returncode == 0, made.stderr
    token: str = person.ok("POST", "/auth/login", {"email": person.email, "password": PASSWORD})["access_token"]
    return token


def fill(url: str, responses: int) -> None:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for _ in range(responses // AT_ONCE):
                cursor.execute(RESPONSES, (AT_ONCE,))
            cursor.execute(ANSWERS, ())
            cursor.execute("VACUUM ANALYZE")


def measure_statistics(client: httpx.Client, rounds: int) -> None:
    ids = {each["key"]: each["id"] for each in client.get("/survey/questions").json()}
    paths = {"statistics": "/survey/admin/statistics"}
    paths |= {key: f"/survey/admin/question-stats/{ids[key]}" for key in ASKED}
    for name, path in paths.items():
        taken = [timed(client, path) for _ in range(rounds)]
        print(f"{name:<16} median of {rounds}: {statistics.median(taken):5.2f} s   longest {max(taken):5.2f} s")  # noqa: T201


def timed(client: httpx.Client, path: str) -> float:
    started = time.perf_counter()
    client.get(path).raise_for_status()
    return time.perf_counter() - started


def measure_export(client: httpx.Client, process: psutil.Process) -> None:
    before, started, lines, first = process.memory_info().rss, time.perf_counter(), 0, 0.0
    with client.stream("GET", "/survey/admin/export") as answer:
        for piece in answer.raise_for_status().iter_bytes():
            first = first or time.perf_counter() - started
            lines += piece.count(b"\n")
    total, grown = time.perf_counter() - started, (process.memory_info().rss - before) / 2**20
    print(f"export           {lines - 1} answers in {total:.1f} s, first after {first:.2f} s, memory {grown:+.0f} MB")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
