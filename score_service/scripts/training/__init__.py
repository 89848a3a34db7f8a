"""From a file of outcomes to a scorecard artifact; needs numpy and scipy, and none of it is imported when serving."""
