"""A tree of elements as closed JSON Schema: nothing unknown, nothing empty, one type of a choice, every value in form.

Every type is compiled once, under `$defs`; a profile is one more definition beside them.
Before it `tree.py` and `narrow.py`; after it `gate.py`, which hands the schema to jsonschema-rs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from service.r4.definitions import Definitions, Members, TypeEntry
from service.r4.primitives import primitive_schema
from service.r4.resource import Json
from service.r4.slices import slices_schema
from service.r4.tree import Node, subtree, tree_of
from service.r4.values import binding_schema, wanted_schema

# A resource inside another is gated by its own schema: the plan finds it and comes back with it.
_TYPED: Json = {"resourceType": {"type": "string"}}
_ANY_RESOURCE: Json = {"type": "object", "required": ["resourceType"], "properties": _TYPED}
_SIBLING = "primitive.sibling"
_NOT_EMPTY: Json = {"minProperties": 1, "dependentSchemas": {"id": {"minProperties": 2}}}


@dataclass
class SchemaWriter:
    """Writes definitions; `own_extensions` are the trees of our extensions by their URL."""

    definitions: Definitions
    members_of: Callable[[str], Members | None]
    own_extensions: Mapping[str, Node] = field(default_factory=dict)
    defs: dict[str, Json] = field(default_factory=dict)

    def add(self, name: str, tree: Node) -> None:
        """The definition of a profile, under its canonical."""
        self.defs[name] = self._object(tree)

    def add_type(self, name: str) -> Json:
        """A reference to the definition of a type, which is written when first asked for."""
        if name not in self.defs:
            self.defs[name] = {}
            self.defs[name] = self._type(name)
        return {"$ref": f"#/$defs/{name}"}

    def _type(self, name: str) -> Json:
        schema = self._object(subtree(self.definitions, name) if "." in name else tree_of(self.definitions, name))
        if name != "Extension":
            return schema
        ours = [self._own_extension(url, tree) for url, tree in self.own_extensions.items()]
        return {**schema, "allOf": [*schema.get("allOf", []), *ours]}

    def _own_extension(self, url: str, tree: Node) -> Json:
        is_this: Json = {"required": ["url"], "properties": {"url": {"const": url}}}
        return {"if": is_this, "then": self._object(tree)}

    def _object(self, tree: Node) -> Json:
        """A complex type, a resource or a backbone element, from its children."""
        children = (tree.children or {}).values()
        schema: Json = {"type": "object", "properties": {}, "additionalProperties": False, "required": [], "allOf": []}
        if "." not in tree.path and self.definitions.type(tree.path).is_resource:
            schema["properties"]["resourceType"] = {"const": tree.path}
            schema["required"].append("resourceType")
        else:
            schema |= _NOT_EMPTY
        for child in children:
            if child.max != 0:
                self._add_child(schema, child)
        return {keyword: value for keyword, value in schema.items() if value not in ([], {})}

    def _add_child(self, schema: Json, child: Node) -> None:
        for name, entry in child.property_names().items() if child.types else [(child.name, None)]:
            one = child.typed.get(name, child)
            schema["properties"][name] = self._property(one, entry)
            if entry and entry.is_primitive and entry.name != "xhtml":
                schema["properties"][f"_{name}"] = self._sibling(child.is_list)
            if one is not child and one.min:
                schema["required"].append(name)
        self._add_presence(schema, child)

    def _add_presence(self, schema: Json, child: Node) -> None:
        names = child.property_names() if child.types else {child.name: None}
        present = [_present(name, entry) for name, entry in names.items()]
        if child.path == "Extension.value[x]":
            schema["allOf"].extend(_value_or_extensions(child, present))
        elif child.is_choice and len(present) > 1:
            none_of_them: list[Json] = [] if child.min else [{"not": {"anyOf": present}}]
            schema["allOf"].append({"oneOf": [*none_of_them, *present]})
        elif child.least and "anyOf" in present[0]:
            schema["allOf"].append(present[0])
        elif child.least:
            schema["required"].extend(names)

    def _property(self, node: Node, entry: TypeEntry | None) -> Json:
        one = self._one(node, entry)
        if not node.is_list:
            return one
        if entry and entry.is_primitive:
            one = {"anyOf": [one, {"type": "null"}]}
        schema: Json = {"type": "array", "items": one, "minItems": max(node.least, 1)}
        if node.max is not None:
            schema["maxItems"] = node.max
        slices = slices_schema(node, lambda slice_node: self._one(slice_node, entry))
        return {**schema, "allOf": slices} if slices else schema

    def _one(self, node: Node, entry: TypeEntry | None) -> Json:
        schema = self._of_type(node, entry)
        further = []
        if entry and node.binding:
            further.append(binding_schema(*self._bound(node.binding), entry.name))
        if node.wanted:
            further.append(wanted_schema(node.wanted))
        if node.max_length is not None:
            further.append({"maxLength": node.max_length})
        return {"allOf": [schema, *further]} if further else schema

    def _bound(self, value_set: str) -> tuple[str, Members | None]:
        url = value_set.partition("|")[0]
        return url, self.members_of(url)

    def _of_type(self, node: Node, entry: TypeEntry | None) -> Json:
        if node.children is not None:
            return self._object(node)
        if node.content:
            return self.add_type(node.content)
        if entry is None or entry.name == "Resource":
            return _ANY_RESOURCE
        if entry.is_primitive:
            return primitive_schema(entry.name)
        return self.add_type(entry.name)

    def _sibling(self, is_list: bool) -> Json:
        """What stands beside a primitive value: its id and extensions, in `_name`."""
        if _SIBLING not in self.defs:
            extensions = {"type": "array", "items": {"$ref": "#/$defs/Extension"}, "minItems": 1}
            properties = {"id": primitive_schema("string"), "extension": extensions}
            self.defs[_SIBLING] = {
                "type": "object",
                "properties": properties,
                "additionalProperties": False,
                "minProperties": 1,
            }
            self.add_type("Extension")
        one: Json = {"$ref": f"#/$defs/{_SIBLING}"}
        return {"type": "array", "items": {"anyOf": [one, {"type": "null"}]}, "minItems": 1} if is_list else one


def _present(name: str, entry: TypeEntry | None) -> Json:
    """Present is the value, or for a primitive at least what stands beside it."""
    if entry and entry.is_primitive and entry.name != "xhtml":
        return {"anyOf": [{"required": [name]}, {"required": [f"_{name}"]}]}
    return {"required": [name]}


def _value_or_extensions(child: Node, present: list[Json]) -> list[Json]:
    """ext-1: an extension has one value or extensions of its own, never both, never neither."""
    nested: Json = {"required": ["extension"]}
    either = {"oneOf": [nested, *present]}
    return [either, {"not": nested}] if child.min else [either]
