"""The survey service: which questions are asked, what people answer, and what answers come to."""

from service_kit.app import create_service
from survey_service.core.problems import CONSTRAINTS
from survey_service.core.settings import Settings
from survey_service.routers import exports, features, privacy, questions, responses, statistics, versions
from survey_service.worker import parts

app = create_service(
    Settings(),
    title="Survey service",
    routers=[each.router for each in (questions, responses, features, versions, statistics, exports, privacy)],
    constraints=CONSTRAINTS,
    parts=parts,
    body_bytes_max={"/survey/admin/import-questions": 10_000_000},
)
