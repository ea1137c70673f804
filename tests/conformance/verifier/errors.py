"""The two ways in which a verification ends without a proof."""


class Refused(Exception):
    """The evidence does not hold; `code` is the one that the specifications name."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")
        self.code = code


class CouldNot(Exception):
    """There is nothing to judge: no root, no readable file."""


class Malformed(ValueError):
    """Bytes that are not the canonical encoding of anything."""


def require(holds, code, text):
    if not holds:
        raise Refused(code, text)
