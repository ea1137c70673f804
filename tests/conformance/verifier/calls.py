"""docs/specs/calls.md: the arguments of every method, from their JSON to canonical bytes. A layout is a function of the JSON."""

import calendar
import re
import time

from .errors import Malformed
from .suites import address_bytes


def number(width):
    return lambda value: int(value).to_bytes(width, "little")


def decimal(text):
    if not isinstance(text, str) or not re.fullmatch(r"0|[1-9][0-9]*", text):
        raise Malformed("not a decimal string")
    return number(8)(text)


def text(value):
    data = value.encode("utf-8")
    return number(4)(len(data)) + data


def raw(value):
    return bytes.fromhex(value)


def ascii_text(value):
    return value.encode("ascii")


def time_ms(value):
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,3})?Z", value)
    seconds = calendar.timegm(time.strptime(found[1], "%Y-%m-%dT%H:%M:%S"))
    return number(8)(1000 * seconds + int((found[2] or ".0")[1:].ljust(3, "0")))


def option(layout):
    return lambda value: b"\0" if value is None else b"\1" + layout(value)


def list_of(layout):
    return lambda values: number(4)(len(values)) + b"".join(map(layout, values))


def record(**fields):
    def encode(value):
        if value.keys() != fields.keys():
            raise Malformed(f"not the members {', '.join(fields)}")
        return b"".join(layout(value[name]) for name, layout in fields.items())

    return encode


def choice(*kinds):
    def encode(value):
        (name, fields), = value.items()
        index, layout = next((index, layout) for index, (known, layout) in enumerate(kinds) if known == name)
        return bytes([index]) + layout(fields)

    return encode


DIGEST = record(algorithm=text, value=raw, length_bytes=decimal)
SOURCE = record(system=text, method=text, operator_tag=text, clock=time_ms)
ORGANIZATION = record(code=ascii_text, name=text, short_name=text, region=text, parent=option(ascii_text))
VOTE = record(value_id=option(raw), signature=raw)
DOUBLE_VOTE = record(validator=address_bytes, height=decimal, round=number(4),
                     kind=lambda value: bytes([{"prevote": 1, "precommit": 2}[value]]), first=VOTE, second=VOTE)
ACTION = choice(
    ("add_validator", record(organization=ascii_text, public_key=raw, weight=decimal, peer_id=text,
                             addresses=list_of(text), activation_height=decimal)),
    ("remove_validator", record(address=address_bytes, activation_height=decimal)),
    ("set_parameter", record(name=text, value=decimal)),
    ("register_organization", record(organization=ORGANIZATION, administrator=raw)),
    ("change_organization", record(organization=ORGANIZATION)),
    ("suspend_organization", record(code=ascii_text, suspended=number(1))),
    ("grant_roles", record(code=ascii_text, roles=list_of(text))),
    ("recover_organization", record(code=ascii_text, administrator=raw)),
    ("admit_module", record(contract=text, version=number(2), digest=raw)),
    ("retire_module", record(contract=text)),
    ("set_protocol_version", record(version=number(4), height=decimal)),
)
TERMS = record(**{"roles": list_of(text), "region": text, "from": time_ms, "until": time_ms})
METHODS = {
    ("record", "notarize", 1): record(
        kind=text, business_key=text, digest=DIGEST, title=text, source=SOURCE,
        corrects=option(record(record=raw, reason=text))),
    ("membership", "organization.register", 1): record(organization=ORGANIZATION, administrator=raw, proof=raw),
    ("membership", "key.register", 1): record(public_key=raw, roles=list_of(text), proof=raw),
    ("membership", "key.rotate", 1): record(
        address=address_bytes, public_key=raw, effective_height=option(decimal), proof=raw),
    ("membership", "key.revoke", 1): record(address=address_bytes, effective_height=option(decimal), reason=text),
    ("membership", "validator.update_peer", 1): record(address=address_bytes, peer_id=text, addresses=list_of(text)),
    ("membership", "decision.propose", 1): record(action=ACTION, document=DIGEST, title=text),
    ("membership", "decision.approve", 1): record(decision=raw, document=DIGEST),
    ("membership", "evidence.report", 1): record(double_vote=DOUBLE_VOTE),
    ("membership", "delegate.grant", 1): record(
        address=address_bytes, kind=lambda value: bytes([["post", "person"].index(value)]), holder=raw, terms=TERMS),
    ("membership", "delegate.change", 1): record(address=address_bytes, terms=TERMS),
    ("membership", "delegate.revoke", 1): record(address=address_bytes, reason=text),
    ("membership", "acts.require", 1): record(methods=list_of(text), confirm_within_ms=decimal),
    ("membership", "act.confirm", 1): record(act=raw),
}


def encode(contract, method, version, arguments):
    return METHODS[contract, method, version](arguments)
