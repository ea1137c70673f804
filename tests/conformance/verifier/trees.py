"""docs/specs/log.md and docs/specs/registry.md: roots and proofs. `h` is the suite's bare hash."""

ZEROS = bytes(32)


def tagged(h, tag, data):
    return h(bytes([len(tag)]) + tag.encode() + data)


def log_root(h, leaf_hashes):
    count = len(leaf_hashes)
    if count == 0:
        return h(b"")
    if count == 1:
        return leaf_hashes[0]
    half = 1
    while half * 2 < count:
        half *= 2
    return h(b"\x01" + log_root(h, leaf_hashes[:half]) + log_root(h, leaf_hashes[half:]))


class Log:
    """A log that grows, kept as its peaks."""

    def __init__(self, h):
        self.h, self.size, self.peaks = h, 0, []

    def append(self, leaf):
        node, size = self.h(b"\x00" + leaf), self.size
        while size & 1:
            node, size = self.h(b"\x01" + self.peaks.pop() + node), size >> 1
        self.peaks.append(node)
        self.size += 1

    def root(self):
        if not self.peaks:
            return self.h(b"")
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = self.h(b"\x01" + peak + root)
        return root


def climb(h, node, last, start, path):
    """Both roots that a path leads to: of what lies left of the node, and of everything."""
    old = new = start
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = h(b"\x01" + sibling + old), h(b"\x01" + sibling + new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = h(b"\x01" + new + sibling)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


def included(h, proof, leaf_hash, root):
    size, index, path = proof
    roots = climb(h, index, size - 1, leaf_hash, path) if index < size and len(path) <= 64 else None
    return roots is not None and roots[1] == root


def consistent(h, proof, old_root, new_root):
    old_size, new_size, path = proof
    if old_size > new_size or len(path) > 64:
        return False
    if old_size in (0, new_size):
        known = old_root == (h(b"") if old_size == 0 else new_root)
        return known and not path
    if old_size & (old_size - 1) == 0:
        path = [old_root] + path
    if not path:
        return False
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    return climb(h, node, last, path[0], path[1:]) == (old_root, new_root)


def bit(key_hash, depth):
    return key_hash[depth // 8] >> (7 - depth % 8) & 1


def registry_root(h, entries, depth=0):
    if not entries:
        return ZEROS
    if len(entries) == 1:
        return h(b"\x00" + b"".join(*entries.items()))
    halves = [{k: v for k, v in entries.items() if bit(k, depth) == side} for side in (0, 1)]
    return h(b"\x01" + registry_root(h, halves[0], depth + 1) + registry_root(h, halves[1], depth + 1))


def registry_says(h, proof, key, root):
    """The value hash that a proof shows for a key, ZEROS for none; None when the proof fails."""
    siblings, terminal = proof
    wanted, count, found = tagged(h, "yinglian/registry-key/v1", key), len(siblings), ZEROS
    if count > 256:
        return None
    node = ZEROS
    if terminal:
        key_hash, value_hash = terminal[:32], terminal[32:]
        if any(bit(key_hash, depth) != bit(wanted, depth) for depth in range(count)):
            return None
        node = h(b"\x00" + terminal)
        found = value_hash if key_hash == wanted else ZEROS
    for place, sibling in enumerate(siblings):
        right = bit(wanted, count - 1 - place)
        node = h(b"\x01" + (sibling + node if right else node + sibling))
    return found if node == root else None
