"""The survey service: which questions are asked, what people answer, and what answers come to."""

from service_kit.app import create_service
from survey_service.core.problems import CONSTRAINTS
from survey_service.core.settings import Settings
from survey_service.routers import features, questions, responses, statistics, versions
from survey_service.worker import parts

app = create_service(
    Settings(),
    title="Survey service",
    routers=[questions.router, responses.router, features.router, versions.router, statistics.router],
    constraints=CONSTRAINTS,
    parts=parts,
    body_bytes_max={"/survey/admin/import-questions": 10_000_000},
)
