"""The questions that ship with the service, which are also the sample of the import format."""

import json

from survey_service.domain.catalogue_rows import COLUMNS
from survey_service.domain.facts import facts_of
from survey_service.domain.features import BOUNDS, FACTS, features_of
from survey_service.domain.languages import LANGUAGES
from tests.unit.survey_service.catalogues import builtin, builtin_rows

GROUPS = ["about_you", "credit_use", "payment_history", "debts", "habits"]
ADVICE = {"en": "For advice only", "vi": "Chỉ để tư vấn", "zh": "仅供建议参考"}


def test_there_are_enough_questions_in_the_five_groups_in_order() -> None:
    questions = builtin().questions
    assert len(questions) >= 18
    assert list(dict.fromkeys(question.question_group for question in questions)) == GROUPS
    assert [question.order for question in questions] == sorted({question.order for question in questions})
    assert tuple(builtin_rows()[0]) == COLUMNS


def test_every_text_is_there_in_every_language() -> None:
    for question in builtin().questions:
        for texts in (question.texts, *(option.labels for option in question.options)):
            assert set(texts) == set(LANGUAGES), question.key
            assert all(text.strip() for text in texts.values())


def test_a_question_without_facts_says_that_it_is_for_advice_and_need_not_be_answered() -> None:
    gates = {"ever_late", "has_cards"}
    for question in builtin().questions:
        if question.has_facts or question.key in gates:
            assert not any(ADVICE[language] in question.texts[language] for language in LANGUAGES), question.key
        else:
            assert all(ADVICE[language] in question.texts[language] for language in LANGUAGES), question.key
            assert not question.is_required


def test_habits_carry_no_facts() -> None:
    habits = [question for question in builtin().questions if question.question_group == "habits"]
    assert habits
    assert not any(question.has_facts for question in habits)


def test_the_questions_feed_every_feature() -> None:
    catalogue = builtin()
    fed = {question.fact for question in catalogue.questions if question.fact}
    assert fed == FACTS - {"utilisation", "debt_ratio"}
    answers = {
        "age": 40, "dependents": 2, "monthly_income": 3000, "has_cards": "yes", "card_limit": 1500, "card_balance": 450,
        "lines": 3, "ever_late": "yes", "late30": 2, "late60": 1, "late90": 0, "debt_payments": 900, "mortgages": 1,
    }  # fmt: skip
    features = features_of(facts_of(catalogue, answers))
    assert features.keys() == BOUNDS.keys()
    assert features == {
        "utilisation": 0.3, "late30": 2, "late60": 1, "late90": 0, "debt_ratio": 0.3, "lines": 3, "mortgages": 1,
        "age": 40, "dependents": 2,
    }  # fmt: skip


def test_never_late_and_no_card_say_so_in_facts() -> None:
    facts = facts_of(builtin(), {"has_cards": "no", "ever_late": "no", "lines": 0})
    assert features_of(facts) == {
        "utilisation": None, "late30": 0, "late60": 0, "late90": 0, "lines": 0, "mortgages": 0
    }  # fmt: skip


def test_conditions_name_earlier_questions() -> None:
    seen: set[str] = set()
    for question in builtin().questions:
        assert question.show_if is None or question.show_if["question"] in seen, json.dumps(question.show_if)
        seen.add(question.key)
