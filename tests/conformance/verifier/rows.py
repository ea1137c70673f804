"""docs/specs/rows.md: canonical rows, batches, proofs of rows, published digests."""

import datetime
import re
import unicodedata

from .suites import Suite
from .trees import included, log_root

TYPES = {"C": 1, "N": 2, "D": 3, "T": 4, "B": 5}
DAY = re.compile(r"([0-9]{4})(?:([-/])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日|([0-9]{2})([0-9]{2}))")
CLOCK = re.compile(r"[Tt ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?")
RUN = re.compile(r"([0-9]{8})([0-9]{2})([0-9]{2})([0-9]{2})")
OFFSET = re.compile(r" ?(?:[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?)")
NUMBER = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?")
TRUE, FALSE = ("1", "t", "true", "y", "yes", "是"), ("0", "f", "false", "n", "no", "否")
ROW_BYTES_MAX = 65536


class Refused(Exception):
    def __init__(self, reason, column=None):
        super().__init__(reason)
        self.reason, self.column = reason, column


def u32(number):
    return number.to_bytes(4, "little")


def counted(data):
    return u32(len(data)) + data


class Column:
    def __init__(self, given):
        self.name, self.type = given["name"], given["type"]
        self.length, self.scale = given.get("length", 0), given.get("scale", 0)
        self.nullable, self.fixed = given.get("nullable", False), given.get("fixed_width", False)
        self.empty_is_null = given.get("empty") == "null"

    def encode(self):
        flags = self.nullable + 2 * self.fixed + 4 * self.empty_is_null
        return counted(self.name.encode()) + bytes([TYPES[self.type]]) + u32(self.length) + bytes([self.scale, flags])


class Schema:
    def __init__(self, document):
        self.columns = [Column(given) for given in document["columns"]]
        names = [column.name for column in self.columns]
        self.key = [names.index(name) for name in document.get("key", [])]

    def encode(self):
        key = b"".join(place.to_bytes(2, "little") for place in self.key)
        columns = b"".join(column.encode() for column in self.columns)
        return b"\1" + u32(len(self.columns)) + columns + u32(len(self.key)) + key

    def digest(self, suite):
        return suite.tagged("yinglian/row-schema/v1", self.encode())


class Source:
    def __init__(self, given):
        self.codec = {"utf-8": "utf-8", "gbk": "gb18030", "gb18030": "gb18030"}[given.get("encoding", "utf-8")]
        self.zone, self.null = minutes(given.get("zone", "+08:00")), given.get("null")
        self.empty_is_null = given.get("empty") == "null"


def minutes(text):
    found = OFFSET.fullmatch(text)
    sign, hours, rest = found.groups()
    if sign is None:
        return 0
    if int(rest or 0) > 59 or int(hours) * 60 + int(rest or 0) > 14 * 60:
        raise ValueError
    return (-1 if sign == "-" else 1) * (int(hours) * 60 + int(rest or 0))


def with_scale(digits, scale):
    digits = digits or ""
    if digits[scale:].strip("0"):
        raise Refused("scale")
    return "." + digits[:scale].ljust(scale, "0") if scale else ""


def number(text, column):
    found = NUMBER.fullmatch(text)
    if not found:
        raise Refused("number")
    sign, whole, fraction = found.groups()
    whole, fraction = whole.lstrip("0"), with_scale(fraction, column.scale)
    if len(whole) > column.length - column.scale:
        raise Refused("too_long")
    minus = "-" if sign == "-" and (whole + fraction).strip("0.") else ""
    return minus + (whole or "0") + fraction


def day_of(found):
    year, _, *rest = found.groups()
    month, day = (digits for digits in rest if digits is not None)
    return datetime.datetime(int(year), int(month), int(day))


def day(text):
    try:
        found = DAY.match(text)
        result, rest = day_of(found), text[found.end():]
        if rest:
            hour, minute, second, fraction = CLOCK.fullmatch(rest).groups()
            if int(hour + minute + (second or "") + (fraction or "")):
                raise ValueError
    except (AttributeError, ValueError):
        raise Refused("date") from None
    return f"{result.year:04}-{result.month:02}-{result.day:02}"


def instant(text, column, zone):
    fraction = ""
    try:
        run = RUN.match(text)
        if run:
            result, clock, rest = day_of(DAY.fullmatch(run[1])), [int(run[n]) for n in (2, 3, 4)], text[run.end():]
        else:
            found = DAY.match(text)
            result, rest = day_of(found), text[found.end():]
            found = CLOCK.match(rest)
            clock, rest = [int(found[n] or 0) for n in (1, 2, 3)], rest[found.end():]
            fraction = found[4]
        result = result.replace(hour=clock[0], minute=clock[1], second=clock[2])
        zone = minutes(rest) if rest else zone
    except (AttributeError, TypeError, ValueError):
        raise Refused("time") from None
    fraction = with_scale(fraction, column.scale)
    try:
        result -= datetime.timedelta(minutes=zone)
    except OverflowError:
        raise Refused("time") from None
    return f"{result.year:04}-{result.month:02}-{result.day:02}T{result:%H:%M:%S}{fraction}Z"


def canonical_text(text, column, source):
    """The canonical text of a field, or None for NULL."""
    if column.type == "C":
        text = unicodedata.normalize("NFC", text)
        text = text.rstrip(" ") if column.fixed else text
        if "\0" in text:
            raise Refused("nul")
        if len(text) > column.length:
            raise Refused("too_long")
        return None if not text and (column.empty_is_null or source.empty_is_null) else text
    text = text.strip(" ")
    if not text:
        return None
    if column.type == "N":
        return number(text, column)
    if column.type == "D":
        return day(text)
    if column.type == "T":
        return instant(text, column, source.zone)
    word = "".join(letter.lower() if letter.isascii() else letter for letter in text)
    if word in TRUE + FALSE:
        return "true" if word in TRUE else "false"
    raise Refused("bool")


def canonical_row(schema, source, fields):
    if len(fields) != len(schema.columns):
        raise Refused("fields")
    row = b"\1"
    for column, field in zip(schema.columns, fields):
        if field is not None and len(field) > ROW_BYTES_MAX:
            raise Refused("row_too_long")
        try:
            text = None if field is None else field.decode(source.codec)
            text = None if text is None or text == source.null else canonical_text(text, column, source)
            if text is None and not column.nullable:
                raise Refused("null")
        except UnicodeDecodeError:
            raise Refused("encoding", column.name) from None
        except Refused as refused:
            raise Refused(refused.reason, column.name) from None
        row += b"\0" if text is None else b"\1" + counted(text.encode())
        if len(row) > ROW_BYTES_MAX:
            raise Refused("row_too_long")
    return row


def fields_of(row):
    """The fields of a canonical row, without a look into them."""
    fields, rest = [], row[1:]
    if row[:1] != b"\1":
        raise Refused("row")
    while rest:
        if rest[0] == 0:
            fields, rest = fields + [None], rest[1:]
            continue
        length = int.from_bytes(rest[1:5], "little")
        if rest[0] != 1 or len(rest) < 5 + length:
            raise Refused("row")
        fields, rest = fields + [rest[5:5 + length]], rest[5 + length:]
    return fields


def row_key(schema, row):
    fields = fields_of(row)
    places = schema.key or range(len(fields))
    return b"".join(b"\0" if fields[place] is None else b"\1" + fields[place] + b"\0" for place in places)


class Batch:
    """Rows in order, with keys, occurrences, salts and leaves."""

    def __init__(self, suite, schema, batch_key, rows):
        self.suite, self.schema, self.batch_key = suite, schema, batch_key
        keyed = sorted((row_key(schema, row), row) for row in rows)
        self.keys, self.rows = [key for key, _ in keyed], [row for _, row in keyed]
        self.occurrences = [place - self.keys.index(key) for place, key in enumerate(self.keys)]
        self.salts = [suite.tagged("yinglian/row-salt/v1", batch_key + counted(key) + u32(occurrence))[:16]
                      for key, occurrence in zip(self.keys, self.occurrences)]
        self.leaves = [suite.hash(b"\0" + salt + row) for salt, row in zip(self.salts, self.rows)]
        self.root = log_root(suite.hash, self.leaves)

    def range_digest(self, start, end):
        leaves = [leaf for key, leaf in zip(self.keys, self.leaves) if start <= key and (end is None or key < end)]
        return len(leaves), log_root(self.suite.hash, leaves)

    def published(self):
        ranges = []
        for place, (key, leaf) in enumerate(zip(self.keys, self.leaves)):
            if not ranges or (len(ranges[-1][1]) >= 64 and key != self.keys[place - 1]):
                ranges.append((key, []))
            ranges[-1][1].append(leaf)
        digest = self.suite.tagged("yinglian/row-batch-key/v1", self.batch_key)
        head = bytes([1, self.suite.id]) + self.schema.digest(self.suite) + digest + u32(len(ranges))
        return head + b"".join(counted(key) + u32(len(leaves)) + b"".join(leaves) for key, leaves in ranges)


def proven(suite, schema, batch, proof):
    """True when a row proof holds under (schema digest, rows, root). The proof is bytes from anywhere."""
    schema_digest, count, root = batch
    if len(proof) < 22 or proof[0] != 1 or proof[1] != suite.id or schema.digest(suite) != schema_digest:
        return False
    salt, length = proof[2:18], int.from_bytes(proof[18:22], "little")
    row, rest = proof[22:22 + length], proof[22 + length:]
    if len(row) < length or length > ROW_BYTES_MAX or len(rest) < 20:
        return False
    size, index = int.from_bytes(rest[:8], "little"), int.from_bytes(rest[8:16], "little")
    nodes, path = int.from_bytes(rest[16:20], "little"), rest[20:]
    if size != count or len(path) != 32 * nodes:
        return False
    try:
        if canonical_row(schema, Source({}), fields_of(row)) != row:
            return False
    except Refused:
        return False
    path = [path[at:at + 32] for at in range(0, len(path), 32)]
    return included(suite.hash, (size, index, path), suite.hash(b"\0" + salt + row), root)


SUITES = {"national": Suite(1), "international": Suite(2)}
