"""What callers may do here: a person calculates and reads their own scores, an administrator anybody's."""

from service_kit.auth import OwnUserId, Person

ReadScores = OwnUserId
WriteScores = OwnUserId
ReadModels = Person
