"""What every service needs to be a service: mechanisms only, no domain nouns. README.md holds the charter."""
