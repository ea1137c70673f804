"""Keys for which s*G + t*P meets equal or opposite points on the way, for the ways in which verifiers add it up.

A sum of table entries is a list of terms a*G + b*P, whose a and b depend on s and t alone. Two partial sums are then equal
or opposite for exactly one private key, which follows from a linear equation. Random signatures never come near.
"""

from sm2_plain import N


def odd(k, w):
    """Digits that are all odd; those of n - k, turned, for an even k."""
    sign, k = (1, k) if k % 2 else (-1, N - k)
    count = -(-256 // w)
    half = (k + 2 ** (w * count) - 1) // 2
    return [sign * (2 * (half >> w * i & 2**w - 1) - (2**w - 1)) for i in range(count)]


def signed(k, w):
    """Digits from -2^(w-1) to 2^(w-1)."""
    digits = []
    while k:
        digit = k & 2**w - 1
        digit -= 2**w if digit > 2 ** (w - 1) else 0
        digits.append(digit)
        k = k - digit >> w
    return digits


def unsigned(k, w):
    return [k >> w * i & 2**w - 1 for i in range(-(-256 // w))]


RECODINGS = {"odd": odd, "signed": signed, "unsigned": unsigned}


def total(terms):
    return sum(a for a, _ in terms), sum(b for _, b in terms)


def key_that_collides(left, right, sign):
    """d with left = sign * right, both a*G + b*d*G; None when there is none."""
    (a, b), (c, e) = left, right
    slope = (b - sign * e) % N
    d = (sign * c - a) * pow(slope, -1, N) % N if slope else 0
    return d or None


def tables(recode, s, t, window_p, window_g):
    """The terms of two combs: P's, then G's."""
    of_p = [(0, digit << window_p * i) for i, digit in enumerate(recode(t, window_p)) if digit]
    of_g = [(digit << window_g * i, 0) for i, digit in enumerate(recode(s, window_g)) if digit]
    return of_p, of_g


def in_a_row(first, second):
    """One term after the other: the first of the other table, the middle, the last."""
    terms = first + second
    for name, j in (("first", len(first)), ("middle", len(first) + len(second) // 2), ("last", len(terms) - 1)):
        yield f"{name} addition of the second table", total(terms[:j]), terms[j]


def in_a_tree(terms):
    """Neighbours in rounds: in each round the pair that first holds both G and P."""
    count, level = len(terms), 0
    while count > 1:
        pairs = [(terms[2 * i], terms[2 * i + 1]) for i in range(count // 2)]
        mixed = [(left, right) for left, right in pairs if left[1] and right[0]]
        if mixed:
            yield f"round {level} of a tree", *mixed[0]
        terms = [total(pair) for pair in pairs] + terms[count - count % 2 :]
        count, level = len(terms), level + 1


def interleaved(recode, s, t, w):
    """From the highest digit: all doubled w times, then P's entry, then G's."""
    of_p, of_g = recode(t, w), recode(s, w)
    length = max(len(of_p), len(of_g))
    pad = lambda digits: digits + [0] * (length - len(digits))
    accumulator = (0, 0)
    for place, (digit_p, digit_g) in reversed(list(enumerate(zip(pad(of_p), pad(of_g))))):
        accumulator = accumulator[0] << w, accumulator[1] << w
        for name, entry in (("P", (0, digit_p)), ("G", (digit_g, 0))):
            if any(entry) and place in (length // 2, 0):
                yield f"{name}'s entry at place {place}", accumulator, entry
            accumulator = total([accumulator, entry])


def collisions(number):
    """Comment, s, t and d of each; `number` gives a number for a label."""
    combs = [(5, 12), (6, 12), (7, 12), (8, 12), (9, 12), (10, 12), (4, 4), (6, 6), (8, 8)]
    for recoding, recode in RECODINGS.items():
        for window_p, window_g in combs if recoding == "odd" else combs[3:8:2]:
            label = f"{recoding} digits of {window_p} and {window_g} bits"
            s, t = number(f"collision/s/{label}"), number(f"collision/t/{label}")
            of_p, of_g = tables(recode, s, t, window_p, window_g)
            ways = [("P, then G, ", in_a_row(of_p, of_g)), ("G, then P, ", in_a_row(of_g, of_p))]
            ways += [("", in_a_tree(of_p + of_g))] if recoding == "odd" else []
            for order, found in ways:
                for name, left, right in found:
                    yield from both_signs(f"{label}, {order}{name}", s, t, left, right)
        for w in (4, 5, 8):
            s, t = number(f"interleaved/s/{recoding}/{w}"), number(f"interleaved/t/{recoding}/{w}")
            for name, left, right in interleaved(recode, s, t, w):
                yield from both_signs(f"{recoding} digits of {w} bits interleaved, {name}", s, t, left, right)


def both_signs(comment, s, t, left, right):
    for word, sign in (("equal", 1), ("opposite", -1)):
        d = key_that_collides(left, right, sign)
        if d is not None:
            yield f"{comment}: {word} points", s, t, d
