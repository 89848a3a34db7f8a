"""P11: a page far back in a long history costs what the first one does."""

import statistics
import time

import psycopg2

from benchmarks.figures import Figure
from benchmarks.scores import scored_person
from benchmarks.servers import database_url
from tests.support.people import SignedIn
from tests.support.stack import Stack

OWN, ALL, PAGES = 200_000, 2_000_000, 1_000
ROUNDS, READS = 9, 200


def paging(stack: Stack) -> list[Figure]:
    person = scored_person(stack)
    _fill(stack, person)
    first = "/scores/me/history"
    far = first
    for _ in range(PAGES - 1):
        far = f"{first}?cursor={person.ok('GET', far)['next']}"
    rounds = [_round(person, first, far) for _ in range(ROUNDS)]
    beside, ours = (statistics.median(values) for values in zip(*rounds, strict=True))
    times = sorted(slow / quick for quick, slow in rounds)
    return [
        Figure("P11", f"page {PAGES} of a person's {OWN:,} scores among {ALL:,}, beside the first "
               f"({times[0]:.2f}× to {times[-1]:.2f}× from round to round)",
               f"{ours * 1e3:.2f} ms", f"{beside * 1e3:.2f} ms", f"{statistics.median(times):.2f}×", "≤ 1.1×",
               f"{ROUNDS} rounds of {READS} reads each, in turns, through the gateway"),
    ]  # fmt: skip


def _round(person: SignedIn, first: str, far: str) -> tuple[float, float]:
    """The medians of reads of both pages, each read right after one of the other."""
    taken = [(_seconds(person, first), _seconds(person, far)) for _ in range(READS)]
    quick, slow = (statistics.median(values) for values in zip(*taken, strict=True))
    return quick, slow


def _seconds(person: SignedIn, path: str) -> float:
    started = time.perf_counter()
    person.ok("GET", path)
    return time.perf_counter() - started


def _fill(stack: Stack, person: SignedIn) -> None:
    """Copies of the person's one score, a minute apart: for themselves, and as many again for each of nine others."""
    with psycopg2.connect(database_url(stack, "score_service")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'scores'"
                       " AND is_generated = 'NEVER'")  # fmt: skip
        names = [name for (name,) in cursor.fetchall()]
        changed = {
            "score_id": "gen_random_uuid()",
            "version": "version + number",
            "calculated_at": "calculated_at - number * interval '1 minute'",
        }
        for owner in ("user_id", *(f"md5('{other}')::uuid" for other in range(ALL // OWN - 1))):
            values = ", ".join(changed.get(name, owner if name == "user_id" else name) for name in names)
            cursor.execute(
                f"INSERT INTO scores ({', '.join(names)}) SELECT {values} FROM scores,"  # noqa: S608
                f" generate_series(1, %(rows)s) AS number WHERE user_id = %(own)s AND version = 1",
                {"rows": OWN, "own": person.user_id},
            )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE scores")
    connection.close()
