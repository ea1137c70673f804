"""Values of declared types between JSON and canonical bytes, written from docs/specs/interface.md."""

import datetime
import re

from verifier.canonical import CREDIT_ALPHABET, NAME, is_credit_code
from verifier.errors import Malformed
from verifier.suites import address_bytes, address_text

WIDTHS = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}
TIME_MS_MAX = 253402300799999
REGION = re.compile(r"[1-9]\d{5}(\d{3}(\d{3})?)?", re.ASCII)
OBJECT = re.compile(r"[A-Za-z0-9._:/-]{1,64}", re.ASCII)
RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Refused(Exception):
    """A word of the specification, and the place as a JSON pointer."""

    def __init__(self, word, path=""):
        super().__init__(word, path)
        self.word, self.path = word, path


def check(holds, word):
    if not holds:
        raise Refused(word)


def at(member, step):
    """Calls `step`, and says the member with whatever it refuses."""
    try:
        return step()
    except Refused as refused:
        name = str(member).replace("~", "~0").replace("/", "~1")
        raise Refused(refused.word, f"/{name}{refused.path}") from None


class Pattern:
    """A row of classes with counts, each taking as many characters as it can."""

    PART = re.compile(r"\[([ -~]+?)\]\{(\d{1,4})(?:,(\d{1,4}))?\}")

    def __init__(self, source):
        self.parts = []
        place = 0
        while place < len(source):
            part = self.PART.match(source, place)
            assert part, source
            low, high = int(part[2]), int(part[3] or part[2])
            self.parts.append((self.letters(part[1]), low, high))
            place = part.end()

    @staticmethod
    def letters(text):
        letters, place = set(), 0
        while place < len(text):
            if text[place + 1:place + 2] == "-" and place + 2 < len(text):
                letters |= {chr(c) for c in range(ord(text[place]), ord(text[place + 2]) + 1)}
                place += 3
            else:
                letters.add(text[place])
                place += 1
        return letters

    def matches(self, text):
        place = 0
        for letters, low, high in self.parts:
            count = 0
            while count < high and text[place:place + 1] in letters and place < len(text):
                place, count = place + 1, count + 1
            if count < low:
                return False
        return place == len(text)


def split(of):
    """A type's word, and what stands beside it."""
    return (of, None) if isinstance(of, str) else next(iter(of.items()))


def whole(text, word="form"):
    check(isinstance(text, str) and re.fullmatch(r"-?(0|[1-9]\d*)", text, re.ASCII) and text != "-0", word)
    return int(text)


def hexadecimal(text):
    check(isinstance(text, str) and re.fullmatch(r"([0-9a-f]{2})*", text, re.ASCII), "form")
    return bytes.fromhex(text)


def milliseconds(text):
    found = RFC3339.fullmatch(text) if isinstance(text, str) else None
    check(found and found[2] < "24" and found[2][6:] < "60", "form")
    zone = "+00:00" if found[4] in "Zz" else found[4]
    try:
        moment = datetime.datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}")
    except ValueError:
        raise Refused("form") from None
    seconds = (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(seconds=1)
    return seconds * 1000 + int((found[3] or "0").ljust(3, "0"))


def rfc3339(ms):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds") + "Z"


def address(text):
    check(isinstance(text, str) and len(text) == 43, "form")
    try:
        data = address_bytes(text)
    except Malformed:
        raise Refused("form") from None
    check(data[0] in (1, 2), "form")
    return data


def count(number):
    return number.to_bytes(4, "little")


class Codec:
    def __init__(self, definitions):
        self.definitions = {}
        for definition in definitions:
            kind, body = split(definition)
            self.definitions[body["name"]] = (kind, body["fields"] if kind == "record" else body["cases"])

    def encode(self, of, json):
        word, beside = split(of)
        if word in WIDTHS:
            number = whole(json) if word == "u64" else json
            check(isinstance(number, int) and not isinstance(number, bool) and number >= 0, "form")
            self.bounds(word, beside, number)
            return number.to_bytes(WIDTHS[word], "little")
        return getattr(self, "encode_" + word)(beside, json)

    @staticmethod
    def bounds(word, beside, number):
        low, high = int(beside.get("min", 0)), int(beside.get("max", 256 ** WIDTHS[word] - 1))
        check(low <= number <= high, "bounds")

    def encode_bool(self, _, json):
        check(isinstance(json, bool), "form")
        return bytes([json])

    def encode_decimal(self, beside, json):
        scale = beside["scale"]
        check(isinstance(json, str) and re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", json, re.ASCII), "form")
        digits, _, fraction = json.partition(".")
        check(len(fraction) <= scale, "form")
        units = int(digits + fraction.ljust(scale, "0"))
        check(units != 0 or not json.startswith("-"), "form")
        check(int(beside["min_units"]) <= units <= int(beside["max_units"]), "bounds")
        return units.to_bytes(8, "little", signed=True)

    def encode_time(self, _, json):
        ms = milliseconds(json)
        check(0 <= ms <= TIME_MS_MAX, "form")
        return ms.to_bytes(8, "little")

    def counted(self, data, beside):
        check(len(data) <= beside["max"], "too_long")
        check(len(data) >= beside.get("min", 0), "too_short")
        return count(len(data)) + data

    def encode_text(self, beside, json):
        check(isinstance(json, str), "form")
        return self.counted(json.encode(), beside)

    def encode_code(self, beside, json):
        check(isinstance(json, str), "form")
        check(Pattern(beside).matches(json), "pattern")
        return count(len(json)) + json.encode()

    def encode_bytes(self, beside, json):
        return self.counted(hexadecimal(json), beside)

    def encode_fixed(self, beside, json):
        data = hexadecimal(json)
        check(len(data) == beside, "form")
        return data

    def encode_digest(self, _, json):
        check(isinstance(json, dict), "form")
        for member in json:
            if member not in ("algorithm", "value", "length_bytes"):
                raise Refused("unknown", f"/{member}")
        algorithm, value, length = json["algorithm"], hexadecimal(json["value"]), whole(json["length_bytes"])
        check(algorithm in ("sm3", "sha256") and len(value) == 32 and any(value), "form")
        return count(len(algorithm)) + algorithm.encode() + value + length.to_bytes(8, "little")

    def encode_id(self, beside, json):
        kind, _ = split(beside)
        if kind == "envelope":
            return self.encode_fixed(32, json)
        if kind == "address":
            return address(json)
        if kind == "public_key":
            return hexadecimal(json)
        check(isinstance(json, str), "form")
        if kind == "organization":
            check(is_credit_code(json), "form")
            return json.encode()
        pattern = {"region": REGION, "name": NAME, "object": OBJECT}[kind]
        check(pattern.fullmatch(json), "form")
        return count(len(json)) + json.encode()

    def encode_option(self, inner, json):
        return b"\0" if json is None else b"\1" + self.encode(inner, json)

    def encode_list(self, beside, json):
        check(isinstance(json, list), "form")
        check(len(json) <= beside["max"], "too_long")
        check(len(json) >= beside.get("min", 0), "too_short")
        items = [at(i, lambda item=item: self.encode(beside["of"], item)) for i, item in enumerate(json)]
        for i, item in enumerate(items):
            if beside.get("unique") and item in items[:i]:
                raise Refused("duplicate", f"/{i}")
        return count(len(items)) + b"".join(items)

    def encode_named(self, name, json):
        kind, parts = self.definitions[name]
        return self.record(parts, json) if kind == "record" else self.choice(parts, json)

    def record(self, fields, json):
        check(isinstance(json, dict), "form")
        names = [field["name"] for field in fields]
        for member in json:
            if member not in names:
                raise Refused("unknown", "/" + member.replace("~", "~0").replace("/", "~1"))
        return b"".join(at(field["name"], lambda field=field: self.field(field, json)) for field in fields)

    def field(self, field, json):
        if field["name"] not in json:
            check(split(field["type"])[0] == "option", "missing")
        return self.encode(field["type"], json.get(field["name"]))

    def choice(self, cases, json):
        name, inner = (json, None) if isinstance(json, str) else (None, None)
        if isinstance(json, dict) and len(json) == 1:
            name, inner = next(iter(json.items()))
        check(name is not None, "form")
        case = next((case for case in cases if case["name"] == name), None)
        check(case, "case")
        check(isinstance(json, dict) == ("of" in case), "form")
        held = at(name, lambda: self.encode(case["of"], inner)) if "of" in case else b""
        return bytes([case["tag"]]) + held


class Reader:
    """The other way: all of the bytes are one value of the type."""

    def __init__(self, definitions, data):
        self.definitions, self.data, self.at = Codec(definitions).definitions, data, 0

    def whole(self, of):
        json = self.read(of)
        check(self.at == len(self.data), "trailing")
        return json

    def take(self, size):
        check(size <= len(self.data) - self.at, "end")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def counted(self, most):
        size = self.number(4)
        check(size <= most, "too_long")
        return self.take(size)

    def string(self, most):
        try:
            return self.counted(most).decode()
        except UnicodeDecodeError:
            raise Refused("form") from None

    def read(self, of):
        word, beside = split(of)
        json = self.raw(word, beside)
        # Bounds, patterns and ids are those of the other way.
        if word not in ("option", "list", "named"):
            Codec([]).encode(of, json)
        return json

    def raw(self, word, beside):
        if word in WIDTHS:
            number = self.number(WIDTHS[word])
            return str(number) if word == "u64" else number
        if word == "bool":
            return self.flag()
        if word == "decimal":
            return self.decimal(beside["scale"])
        if word == "time":
            ms = self.number(8)
            check(ms <= TIME_MS_MAX, "form")
            return rfc3339(ms)
        if word in ("text", "code"):
            return self.string(beside["max"] if word == "text" else sum(high for _, _, high in Pattern(beside).parts))
        if word in ("bytes", "fixed"):
            return (self.counted(beside["max"]) if word == "bytes" else self.take(beside)).hex()
        if word == "digest":
            algorithm, value = self.string(16), self.take(32).hex()
            return {"algorithm": algorithm, "value": value, "length_bytes": str(self.number(8))}
        if word == "id":
            return self.identity(split(beside)[0])
        if word == "option":
            return self.read(beside) if self.flag() else None
        if word == "list":
            return self.items(beside)
        kind, parts = self.definitions[beside]
        if kind == "record":
            return {field["name"]: self.read(field["type"]) for field in parts}
        tag = self.number(1)
        case = next((case for case in parts if case["tag"] == tag), None)
        check(case, "case")
        return {case["name"]: self.read(case["of"])} if "of" in case else case["name"]

    def flag(self):
        byte = self.number(1)
        check(byte < 2, "form")
        return byte == 1

    def decimal(self, scale):
        units = int.from_bytes(self.take(8), "little", signed=True)
        digits = str(abs(units)).rjust(scale + 1, "0")
        fraction = "." + digits[len(digits) - scale:] if scale else ""
        return ("-" if units < 0 else "") + digits[:len(digits) - scale] + fraction

    def identity(self, kind):
        if kind == "envelope":
            return self.take(32).hex()
        if kind == "organization":
            data = self.take(18)
            check(all(chr(byte) in CREDIT_ALPHABET for byte in data), "form")
            return data.decode()
        if kind == "address":
            return address_text(self.take(21))
        if kind == "public_key":
            size = {1: 65, 2: 32}.get(self.data[self.at] if self.at < len(self.data) else 0)
            check(size, "form")
            return self.take(1 + size).hex()
        return self.string({"region": 12, "name": 48, "object": 64}[kind])

    def items(self, beside):
        size = self.number(4)
        check(size <= beside["max"], "too_long")
        items = [self.read(beside["of"]) for _ in range(size)]
        check(size >= beside.get("min", 0), "too_short")
        check(not beside.get("unique") or all(item not in items[:i] for i, item in enumerate(items)), "duplicate")
        return items
