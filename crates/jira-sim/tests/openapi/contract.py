"""What Atlassian's OpenAPI file says of an answer: is this status documented, does the content type fit, does the body fit its schema?

Besides what JSON Schema finds, members that the schema does not list are findings too, unless it says that there may be more: a
simulator that invents members teaches its clients to rely on them.
"""

import json

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

HERE = "urn:jira"

# Statuses the file does not list and real clients have met: the gateway's (before Jira), and three of Jira's own.
BESIDES = {
    401: "the gateway refuses a token for every operation",
    403: "the gateway refuses a person without the site, Jira one without the right",
    404: "the gateway knows no such site; Jira hides what one may not see",
    405: "another method",
    410: "the old search was removed after the file was written",
    415: "a body, or a bodyless DELETE, without a content type",
    429: "any of the three rate limits",
    503: "a suspended site",
}

ERRORS = {
    "oneOf": [
        {
            "type": "object",
            "required": ["errorMessages", "errors"],
            "additionalProperties": False,
            "properties": {
                "errorMessages": {"type": "array", "items": {"type": "string"}},
                "errors": {"type": "object", "additionalProperties": {"type": "string"}},
                "status": {"type": "integer"},
            },
        },
        {
            "type": "object",
            "required": ["code", "message"],
            "additionalProperties": False,
            "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
        },
    ]
}


def as_json_schema(node):
    """OpenAPI 3.0 says `nullable`, JSON Schema a type of null; references become absolute."""
    if isinstance(node, list):
        return [as_json_schema(part) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": HERE + node["$ref"]}
    out = {name: as_json_schema(part) for name, part in node.items() if name not in ("example", "xml", "discriminator")}
    if out.pop("nullable", False) is True:
        return {"anyOf": [{"type": "null"}, out]}
    return out


class Contract:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.file = json.load(file)
        schemas = {"components": {"schemas": as_json_schema(self.file["components"]["schemas"])}}
        resource = Resource(contents=schemas, specification=DRAFT202012)
        self.registry = Registry().with_resource(HERE, resource)
        self.schemas = schemas["components"]["schemas"]

    def operation(self, method, template):
        """The operation of a path such as `issue/{}`."""
        wanted = ["rest", "api", "3", *template.split("/")]
        for path, operations in self.file["paths"].items():
            parts = path.strip("/").split("/")
            same = len(parts) == len(wanted) and all(
                part.startswith("{") if want == "{}" else part == want for part, want in zip(parts, wanted)
            )
            if same and method.lower() in operations:
                return operations[method.lower()]
        return None

    def findings(self, method, template, status, content_type, text):
        operation = self.operation(method, template)
        if operation is None:
            return ["the file knows no such operation"]
        documented = operation["responses"].get(str(status))
        if documented is None and status not in BESIDES:
            return [f"status {status} is not documented"]
        content = (documented or {}).get("content")
        if not text:
            return [] if status in (202, 204) or status >= 400 else ["there is no body"]
        if status == 204:
            return ["204 with a body"]
        if not content_type.lower().startswith("application/json"):
            return [f"the content type is {content_type!r}"]
        try:
            body = json.loads(text)
        except ValueError:
            return ["the body is no JSON"]
        if status >= 400:
            found = self.compare(ERRORS, body)
            if found:
                return found
        if not content:
            return [] if status >= 400 else ["a body where none is documented"]
        schema = as_json_schema(next(iter(content.values())).get("schema", {}))
        # The gateway answers before Jira does, in a shape of its own.
        if status >= 400 and "code" in body:
            return []
        return self.compare(schema, body)

    def compare(self, schema, body):
        validator = Draft202012Validator(schema, registry=self.registry)
        found = [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(body)]
        return found or list(self.unlisted(schema, body, ""))

    def unlisted(self, schema, value, at):
        schema = self.whole(schema)
        if isinstance(value, list):
            for number, part in enumerate(value):
                yield from self.unlisted(schema.get("items", {}), part, f"{at}/{number}")
        if not isinstance(value, dict):
            return
        listed, more = schema.get("properties"), schema.get("additionalProperties")
        for name, part in value.items():
            if listed and name in listed:
                yield from self.unlisted(listed[name], part, f"{at}/{name}")
            elif isinstance(more, dict):
                yield from self.unlisted(more, part, f"{at}/{name}")
            elif listed and more is None:
                yield f"{at}/{name}: not in the schema"

    def whole(self, schema):
        """Follows references and puts `allOf` together; alternatives are left to JSON Schema."""
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
        if "allOf" in schema:
            parts = [self.whole(part) for part in schema["allOf"]]
            listed = {name: part for whole in parts for name, part in whole.get("properties", {}).items()}
            return {**schema, "properties": {**listed, **schema.get("properties", {})}}
        if "anyOf" in schema and len(schema["anyOf"]) == 2 and schema["anyOf"][0] == {"type": "null"}:
            return self.whole(schema["anyOf"][1])
        return schema
