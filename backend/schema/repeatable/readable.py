"""Marks a record whose body has not the form that readers are promised, when it is written.

A page leaves PostgreSQL as bytes, and nobody parses it on the way. So the form is checked once,
whoever writes the row, and a reading costs one comparison more.
"""

import json
from typing import Final

from msgspec import Struct
from msgspec import inspect as shapes

from backend.records.kinds import KINDS
from backend.records.rules import LARGEST_RECORD

MISSING: Final = "missing"
"""Stands among the types of a field that may be left out."""
_WORDS: Final = (
    (shapes.NoneType, "null"),
    (shapes.BoolType, "boolean"),
    ((shapes.IntType, shapes.FloatType, shapes.DecimalType), "number"),
    ((shapes.ListType, shapes.VarTupleType), "array"),
    ((shapes.StructType, shapes.DictType), "object"),
)


def form_of(view: type[Struct]) -> dict[str, list[str]]:
    """Give the types that JSON may have in each field of a view, in PostgreSQL's words."""
    described = shapes.type_info(view)
    assert isinstance(described, shapes.StructType), "a view is a struct"
    return {
        field.encode_name: sorted(_types(field.type) | ({MISSING} if not field.required else set()))
        for field in described.fields
    }


def _types(described: shapes.Type) -> set[str]:
    if isinstance(described, shapes.Metadata):
        return _types(described.type)
    if isinstance(described, shapes.UnionType):
        return set[str]().union(*map(_types, described.types))
    return {next((word for kind, word in _WORDS if isinstance(described, kind)), "string")}


CHECK: Final = f"""
CREATE FUNCTION hub_has_form(said text, form jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    document jsonb;
BEGIN
    IF octet_length(said) > {2 * LARGEST_RECORD} OR NOT pg_input_is_valid(said, 'jsonb') THEN
        RETURN false;
    END IF;
    document := said::jsonb;
    RETURN jsonb_typeof(document) = 'object' AND NOT EXISTS (
           SELECT FROM jsonb_each(form) f
            WHERE NOT f.value ? coalesce(jsonb_typeof(document -> f.key), '{MISSING}'));
END $$;

CREATE FUNCTION hub_mark_readable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.readable := hub_has_form(NEW.body, TG_ARGV[0]::jsonb);
    RETURN NEW;
END $$;

CREATE FUNCTION hub_mark_header_readable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.readable := hub_has_form(NEW.body, TG_ARGV[0]::jsonb)
        AND hub_has_form(NEW.header, TG_ARGV[1]::jsonb);
    RETURN NEW;
END $$;
"""
"""JSON with a NUL, half of a surrogate pair or a number beyond all bounds has no form, either. Nor
has what is far larger than intake stores: whoever wrote it, no reader is held up by it."""


def _argument(view: type[Struct]) -> str:
    return f"'{json.dumps(form_of(view), separators=(',', ':'))}'"


TRIGGERS: Final = "".join(
    f"""
CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body ON {kind.table}
    FOR EACH ROW EXECUTE FUNCTION hub_mark_readable({_argument(kind.view)});
"""
    if kind.header is None
    else f"""
CREATE TRIGGER hub_mark_readable BEFORE INSERT OR UPDATE OF body, header ON {kind.table}
    FOR EACH ROW EXECUTE FUNCTION
    hub_mark_header_readable({_argument(kind.view)}, {_argument(kind.header)});
"""
    for kind in KINDS
)

SQL: Final = CHECK + TRIGGERS
