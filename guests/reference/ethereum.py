"""RLP and the Merkle-Patricia trie by insertion, one entry at a time, as the Yellow Paper describes it."""

from .keccak import keccak256

EMPTY_ROOT = bytes.fromhex('56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421')
EMPTY_CODE = bytes.fromhex('c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')


def integer(value):
    return value.to_bytes((value.bit_length() + 7) // 8, 'big')


def _prefix(size, base):
    if size < 56:
        return bytes([base + size])
    digits = integer(size)
    return bytes([base + 55 + len(digits)]) + digits


def rlp(item):
    """Bytes, non-negative integers and nested lists of them."""
    if isinstance(item, int):
        item = integer(item)
    if isinstance(item, (bytes, bytearray)):
        return bytes(item) if len(item) == 1 and item[0] < 0x80 else _prefix(len(item), 0x80) + item
    payload = b''.join(map(rlp, item))
    return _prefix(len(payload), 0xc0) + payload


def rlp_decode(data):
    item, end = _decode(data, 0)
    if end != len(data):
        raise ValueError('bytes follow the item')
    return item


def _decode(data, at):
    first = data[at]
    if first < 0x80:
        return data[at:at + 1], at + 1
    code, is_list = (first - 0xc0, True) if first >= 0xc0 else (first - 0x80, False)
    at += 1
    if code >= 56:
        digits = code - 55
        code = int.from_bytes(data[at:at + digits], 'big')
        at += digits
    end = at + code
    if end > len(data):
        raise ValueError('cut')
    if not is_list:
        return data[at:end], end
    items = []
    while at < end:
        item, at = _decode(data, at)
        items.append(item)
    return items, end


def _nibbles(key):
    return tuple(digit for byte in key for digit in (byte >> 4, byte & 15))


def _hex_prefix(path, leaf):
    flags = (2 if leaf else 0) + len(path) % 2
    digits = ((flags,) if len(path) % 2 else (flags, 0)) + tuple(path)
    return bytes(digits[i] << 4 | digits[i + 1] for i in range(0, len(digits), 2))


def _insert(node, path, value):
    """Nodes: None, ('leaf', path, value), ('extension', path, child), ('branch', [16 children], value)."""
    if node is None:
        return ('leaf', path, value)
    if node[0] == 'branch':
        children = node[1]
        if not path:
            return ('branch', children, value)
        children[path[0]] = _insert(children[path[0]], path[1:], value)
        return node
    common = 0
    while common < min(len(path), len(node[1])) and path[common] == node[1][common]:
        common += 1
    if node[0] == 'leaf' and common == len(path) == len(node[1]):
        raise ValueError('a key occurs twice')
    if node[0] == 'extension' and common == len(node[1]):
        return ('extension', node[1], _insert(node[2], path[common:], value))
    branch = ('branch', [None] * 16, None)
    rest = node[1][common:]
    if node[0] == 'leaf':
        branch = _insert(branch, rest, node[2])
    else:
        branch[1][rest[0]] = ('extension', rest[1:], node[2]) if len(rest) > 1 else node[2]
    branch = _insert(branch, path[common:], value)
    return ('extension', path[:common], branch) if common else branch


def _encode(node):
    kind = node[0]
    if kind == 'leaf':
        return [_hex_prefix(node[1], True), node[2]]
    if kind == 'extension':
        return [_hex_prefix(node[1], False), _reference(node[2])]
    return [b'' if child is None else _reference(child) for child in node[1]] + [node[2] or b'']


def _reference(node):
    structure = _encode(node)
    encoded = rlp(structure)
    return structure if len(encoded) < 32 else keccak256(encoded)


def trie_root(pairs):
    root = None
    for key, value in pairs:
        root = _insert(root, _nibbles(key), value)
    return EMPTY_ROOT if root is None else keccak256(rlp(_encode(root)))


def index_root(values):
    return trie_root((rlp(index), value) for index, value in enumerate(values))


def state_root(accounts):
    """Accounts as mpt-root's input has them: [address, balance] or with all five fields."""
    pairs = []
    for account in accounts:
        fields = [b'', account[1], EMPTY_ROOT, EMPTY_CODE] if len(account) == 2 else account[1:]
        pairs.append((keccak256(account[0]), rlp(fields)))
    return trie_root(pairs)


def bloom(logs):
    bits = 0
    for address, topics, _ in logs:
        for entry in [address, *topics]:
            digest = keccak256(entry)
            for i in (0, 2, 4):
                bits |= 1 << (int.from_bytes(digest[i:i + 2], 'big') % 2048)
    return bits
