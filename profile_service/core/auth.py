"""What callers may do here: everyone manages their own profile and preferences, and nobody else's."""

from service_kit.auth import Person, PersonForCertain

ManageOwnProfile = Person
DeleteOwnProfile = PersonForCertain
ManageOwnPreferences = Person
