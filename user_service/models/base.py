"""The declarative base of this service's tables."""

from service_kit.models import Model, service_metadata


class Base(Model):
    __abstract__ = True
    metadata = service_metadata()
