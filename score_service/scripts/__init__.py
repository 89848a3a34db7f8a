"""What an operator runs by hand: training a scorecard, scoring a portfolio."""
