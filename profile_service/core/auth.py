"""What callers may do here: everyone manages their own profile, preferences and consents, and nobody else's."""

from typing import Annotated

from fastapi import Depends

from service_kit.auth import Person, PersonForCertain, ServiceCaller

ManageOwnProfile = Person
DeleteOwnProfile = PersonForCertain
ManageOwnPreferences = Person
ManageOwnConsents = Person
TellConsents = Annotated[str, Depends(ServiceCaller("user_service"))]
