"""IAM policies from the arguments of ``getPolicyDocument``, as Terraform's ``aws_iam_policy_document`` writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from rehearsal.provider import PropertyMap, ProviderError

__all__ = ["policy_document"]

_VERSION: Final = "2012-10-17"
_LISTS: Final = (
    ("actions", "Action"),
    ("notActions", "NotAction"),
    ("resources", "Resource"),
    ("notResources", "NotResource"),
)


def policy_document(args: PropertyMap) -> dict[str, Any]:
    """Return the policy. Statements of source documents come first; a later statement replaces one with the same sid.

    :raises ProviderError: for a source document that is not JSON.
    """
    document: dict[str, Any] = {"Version": args.get("version") or _VERSION}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    sources = [*(args.get("sourcePolicyDocuments") or ()), *filter(None, [args.get("sourceJson")])]
    overriding = [*(args.get("overridePolicyDocuments") or ()), *filter(None, [args.get("overrideJson")])]
    statements: list[dict[str, Any]] = []
    for text in sources:
        statements = _merged(statements, _statements_of(text))
    statements = _merged(statements, (_statement(given) for given in args.get("statements") or ()))
    for text in overriding:
        statements = _merged(statements, _statements_of(text))
    document["Statement"] = statements
    return document


def _statements_of(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text).get("Statement", [])
    except (AttributeError, ValueError):
        raise ProviderError("getPolicyDocument: expected policies in JSON to start from, got none") from None
    return found if isinstance(found, list) else [found]


def _merged(first: list[dict[str, Any]], more: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    merged = list(first)
    for statement in more:
        place = [
            number for number, one in enumerate(merged) if statement.get("Sid") and one.get("Sid") == statement["Sid"]
        ]
        if place:
            merged[place[0]] = statement
        else:
            merged.append(statement)
    return merged


def _statement(given: PropertyMap) -> dict[str, Any]:
    made: dict[str, Any] = {"Sid": given["sid"]} if given.get("sid") else {}
    made["Effect"] = given.get("effect") or "Allow"
    for argument, name in _LISTS:
        if given.get(argument):
            made[name] = _one_or_all(given[argument])
    for argument, name in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(argument):
            made[name] = _principals(given[argument])
    if given.get("conditions"):
        made["Condition"] = _conditions(given["conditions"])
    return made


def _principals(given: list[PropertyMap]) -> Any:
    if [one for one in given if one["type"] == "*" and one["identifiers"] == ["*"]]:
        return "*"
    found: dict[str, list[str]] = {}
    for one in given:
        found.setdefault(one["type"], []).extend(one["identifiers"])
    return {kind: _one_or_all(names) for kind, names in found.items()}


def _conditions(given: list[PropertyMap]) -> dict[str, Any]:
    found: dict[str, dict[str, list[str]]] = {}
    for one in given:
        found.setdefault(one["test"], {}).setdefault(one["variable"], []).extend(one["values"])
    return {test: {name: _one_or_all(v) for name, v in values.items()} for test, values in found.items()}


def _one_or_all(values: list[str]) -> Any:
    """Return a list in Terraform's order, or its only item."""
    return values[0] if len(values) == 1 else sorted(values, reverse=True)
