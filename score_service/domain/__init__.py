"""Scorecards, pure: what a feature is, what it earns, and what may be said about it.

`features` declares the inputs, `artifact` loads a trained scorecard, `scorecard` evaluates it; `bands`, `factors`,
`reasons`, `recommendations`, `projection` and `plan` explain an evaluation, with their English words in `texts`.
"""
