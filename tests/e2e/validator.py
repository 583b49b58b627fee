"""A validator for what docs/schemas uses of JSON Schema (draft 2020-12). An unknown keyword is an error, so that no rule of a
schema is skipped in silence."""
import re

TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
}
NOTES = {"$schema", "title", "description"}


def problems(value, schema, path=""):
    """What is wrong with `value`, each as `POINTER: what`."""
    found = []
    for word, rule in schema.items():
        if word in NOTES:
            continue
        check = RULES.get(word)
        if check is None:
            raise AssertionError(f"the validator does not know {word!r}")
        found += check(value, rule, schema, path)
    return found


def _type(value, rule, schema, path):
    allowed = rule if isinstance(rule, list) else [rule]
    return [] if any(TYPES[name](value) for name in allowed) else [f"{path}: is no {' or '.join(allowed)}"]


def _properties(value, rule, schema, path):
    if not isinstance(value, dict):
        return []
    return [p for name, sub in rule.items() if name in value for p in problems(value[name], sub, f"{path}/{name}")]


def _additional(value, rule, schema, path):
    if not isinstance(value, dict):
        return []
    others = [name for name in value if name not in schema.get("properties", {})]
    if rule is False:
        return [f"{path}: {name} is not described" for name in others]
    if rule is True:
        return []
    return [p for name in others for p in problems(value[name], rule, f"{path}/{name}")]


def _items(value, rule, schema, path):
    if not isinstance(value, list):
        return []
    return [p for index, item in enumerate(value) for p in problems(item, rule, f"{path}/{index}")]


def _one(holds, message):
    return lambda value, rule, schema, path: [] if holds(value, rule) else [f"{path}: {message} {rule!r}"]


def _number(value):
    return TYPES["number"](value)


RULES = {
    "type": _type,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "required": lambda value, rule, schema, path: [
        f"{path}: {name} is missing" for name in rule if isinstance(value, dict) and name not in value],
    "const": _one(lambda v, r: v == r, "is not"),
    "enum": _one(lambda v, r: v in r, "is none of"),
    "minimum": _one(lambda v, r: not _number(v) or v >= r, "is below"),
    "pattern": _one(lambda v, r: not isinstance(v, str) or re.search(r, v), "does not match"),
}
