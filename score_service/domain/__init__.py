"""Scorecards, pure: what a feature is, what it earns, and what may be said about it.

`features` declares the inputs, `artifact` loads a trained `scorecard`, `evaluation` scores a person with it and
`uncertainty` says how surely. `bands`, `factors`, `reasons` and `recommendations` explain a score with the words of
`texts`; `simulation`, `projection` and `plan` ask what would change it; `drift` watches who is being scored.
`portfolio` scores many people at once.
"""
