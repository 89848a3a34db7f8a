"""Every POST that creates or changes something, with how it is sent and what its one effect is.

A new POST gets a function in the file of its service, named for what it does, and a line in `POSTS`; or a line in
`EXEMPT` with the reason why a repetition may do more, or nothing. `test_repeats.py` fails for one that has neither.
"""

from collections.abc import Callable

from tests.faults import (
    posts_of_alert_service,
    posts_of_profile_service,
    posts_of_score_service,
    posts_of_survey_service,
    posts_of_user_service,
)
from tests.faults.scene import Attempt, Scene

POSTS: dict[tuple[str, str], Callable[[Scene], Attempt]] = {
    ("alert_service", "/alerts/admin/dead-letters/{delivery_id}/replay"): posts_of_alert_service.replay_dead_letter,
    ("alert_service", "/alerts/on-score-updated"): posts_of_alert_service.receive_score_update_as_alert,
    ("alert_service", "/alerts/read-all"): posts_of_alert_service.mark_all_alerts_read,
    ("alert_service", "/alerts/webhooks"): posts_of_alert_service.add_webhook,
    ("alert_service", "/alerts/webhooks/{webhook_id}/enable"): posts_of_alert_service.enable_webhook,
    ("alert_service", "/alerts/{alert_id}/read"): posts_of_alert_service.mark_alert_read,
    ("alert_service", "/internal/dispute-notices"): posts_of_alert_service.receive_dispute_notice,
    ("alert_service", "/internal/security-notices"): posts_of_alert_service.receive_security_notice,
    ("alert_service", "/score-updates"): posts_of_alert_service.receive_score_update,
    ("profile_service", "/internal/consents/{user_id}"): posts_of_profile_service.receive_consent,
    ("profile_service", "/profile/me"): posts_of_profile_service.create_profile,
    ("score_service", "/disputes"): posts_of_score_service.open_dispute,
    ("score_service", "/scores/admin/disputes/{dispute_id}/resolve"): posts_of_score_service.resolve_dispute,
    ("score_service", "/scores/admin/models/{version}/promote"): posts_of_score_service.promote_model,
    ("score_service", "/scores/admin/overrides"): posts_of_score_service.create_override,
    ("score_service", "/scores/{user_id}"): posts_of_score_service.calculate_at_the_short_path,
    ("score_service", "/scores/{user_id}/calculate"): posts_of_score_service.calculate,
    ("survey_service", "/survey/admin/import-questions"): posts_of_survey_service.import_questions,
    ("survey_service", "/survey/admin/versions/{version}/publish"): posts_of_survey_service.publish_version,
    ("survey_service", "/survey/submit"): posts_of_survey_service.submit_survey,
    ("user_service", "/admin/users"): posts_of_user_service.create_user,
    ("user_service", "/admin/users/{user_id}/disable"): posts_of_user_service.disable_user,
    ("user_service", "/admin/users/{user_id}/enable"): posts_of_user_service.enable_user,
    ("user_service", "/admin/users/{user_id}/logout"): posts_of_user_service.sign_user_out,
    ("user_service", "/admin/users/{user_id}/remove-second-factors"): posts_of_user_service.remove_second_factors,
    ("user_service", "/auth/mfa/totp/confirm"): posts_of_user_service.confirm_totp,
    ("user_service", "/auth/passkeys"): posts_of_user_service.add_passkey,
    ("user_service", "/auth/signup"): posts_of_user_service.sign_up,
}

READS = "computes and stores nothing"
TOKENS = "hands out or ends tokens; tests/integration/user_service has its own rules for repeats"
CHALLENGE = "gives another challenge each time, which is forgotten unless it is answered"
MAILS = "asks for another mail each time, a few an hour"
EXEMPT: dict[tuple[str, str], str] = {
    ("profile_service", "/consents/me"): "a ledger keeps every word of a person, and the last one holds",
    ("score_service", "/scores/admin/batch"): READS,
    ("score_service", "/scores/{user_id}/plan"): READS,
    ("score_service", "/scores/{user_id}/simulate"): READS,
    ("score_service", "/scores/{user_id}/simulate/projection"): READS,
    ("survey_service", "/survey/features"): READS,
    ("user_service", "/auth/change-password"): "the old password is wrong the second time",
    ("user_service", "/auth/forgot-password"): MAILS,
    ("user_service", "/auth/login"): TOKENS,
    ("user_service", "/auth/logout"): TOKENS,
    ("user_service", "/auth/mfa/totp"): "offers another secret each time, until one of them is confirmed",
    ("user_service", "/auth/mfa/totp/recovery-codes"): "the code is used up the second time",
    ("user_service", "/auth/passkeys/login"): TOKENS,
    ("user_service", "/auth/passkeys/login/options"): CHALLENGE,
    ("user_service", "/auth/passkeys/options"): CHALLENGE,
    ("user_service", "/auth/refresh"): TOKENS,
    ("user_service", "/auth/reset-password"): "the code is used up the second time",
    ("user_service", "/auth/verify-email"): "the code is used up the second time",
    ("user_service", "/auth/verify-email/resend"): MAILS,
    ("user_service", "/auth/verify-token"): READS,
}
