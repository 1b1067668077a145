"""Attributes of a component that are made at their first use, or when Pulumi exports the component as a whole."""

from collections.abc import Callable
from typing import Any, Final, Generic, Self, TypeVar, overload

__all__ = ["exported_later", "made_when_used"]

T = TypeVar("T")


class made_when_used(Generic[T]):  # noqa: N801 - a decorator
    """As `functools.cached_property`, for a mapping that `exported_later` names."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Self | T:
        """Return the attribute, which is made if it was not yet."""
        if instance is None:
            return self
        attributes = vars(instance)
        if isinstance(attributes.get(self._name, _LATER), _Later):
            attributes[self._name] = self._make(instance)
        value: T = attributes[self._name]
        return value

    def __set__(self, instance: object, value: T) -> None:
        """Set the attribute, as a subclass may do."""
        vars(instance)[self._name] = value


class _Later:
    """What Pulumi finds among a resource's attributes, all of which it exports: here too it reads all attributes."""

    __slots__ = ("_name", "_resource")

    def __init__(self, resource: object, name: str) -> None:
        self._resource = resource
        self._name = name

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]  # it is read, and never written
        value: dict[str, Any] = getattr(self._resource, self._name)
        return value


_LATER: Final = _Later(None, "")


def exported_later(resource: object, name: str) -> None:
    """Let Pulumi find the attribute in a resource that is exported as a whole, where it is made only then."""
    vars(resource)[name] = _Later(resource, name)
