"""What a report says beside the texts of codes, in English; `{name}` stands for a value."""

from score_service.domain.bands import Band

ENGLISH = {
    "title": "Credit score report",
    "calculated": "Calculated on {date}",
    "first": "This is the first score.",
    "unchanged": "The same as the score before.",
    "higher": "{points} points more than the score before.",
    "lower": "{points} points less than the score before.",
    "percentile": "Higher than {share} of the people the scorecard learned from.",
    "interval": "With 90 % certainty it lies between {low} and {high}.",
    "overridden": "An administrator's decision stands in place of the scorecard's {score} until {date}.",
    "history": "History",
    "one_score": "One score so far; each new one is added here.",
    "factors": "Where the points come from",
    "account": "{base} to begin with, and the points of every line, make {score}.",
    "clipped": "{base} to begin with, and the points of every line, make {sum}; the scale ends at {score}.",
    "of": "{points} of {most}",
    "weight": "weighs {share}",
    "unknown": "not given",
    "reasons": "What holds the score back",
    "lost": "{points} points lost",
    "no_reasons": "Nothing does: every answer earns all the points it can.",
    "plan": "The shortest way to {target}",
    "move": "{name}: from {now} to {then}",
    "gain": "+{points} points",
    "reached": "These changes alone lead to {score}.",
    "out_of_reach": "What you can change today leads to {score}, not further. Late payments leave with time.",
    "nothing_to_change": "Nothing that you can change leads there today. Late payments leave with time.",
    "advice": "What you can do",
    "worth": "up to {points} points",
    "what_it_is": "Self-reported and unverified; learned from US data of 2008 to 2011, to be recalibrated elsewhere.",
    "made_by": "Scorecard {version}, score number {number}",
    "page": "Page {page} of {pages}",
}
ENGLISH_BANDS = {
    Band.POOR: "Poor",
    Band.FAIR: "Fair",
    Band.GOOD: "Good",
    Band.VERY_GOOD: "Very good",
    Band.EXCEPTIONAL: "Exceptional",
}
