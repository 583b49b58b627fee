"""Inputs that the guests must refuse, with the exit code, and inputs on which guest and reference must agree: corner
cases of the formats, and small valid ones with a few bytes changed."""

import zlib

from .ethereum import rlp
from .generate import Stream, gzip_member, gzip_stored, json_strings, text

BAD_INPUT, BAD_CHECKSUM = 16, 19

_JSON = [
    b'', b' ', b'{', b'[', b'[1,]', b'[,1]', b'[1 2]', b'{"a":1,}', b'{"a"}', b'{"a":}', b'{a:1}', b'{1:1}', b'{"a":1 "b":2}',
    b'01', b'-', b'-01', b'+1', b'.5', b'1.', b'1.e5', b'1e', b'1e+', b'0x1', b'NaN', b'Infinity', b'-Infinity',
    b'nul', b'nullx', b'True', b'tru', b'"', b'"a', b'"\\"', b'"\\x"', b'"\\u12"', b'"\\u12g4"', b'"\\U0041"',
    b'"\t"', b'"\x00"', b'"\x1f"', b'"\n"', b"'a'", b'[1]]', b'1 2', b'/**/1', b'[1]\x00', b'\x0c1', b'\xa01',
    b'\xef\xbb\xbf1', b'"\xff"', b'"\xc0\x80"', b'"\xc1\xbf"', b'"\x80"', b'"\xe0\x9f\xbf"', b'"\xed\xa0\x80"',
    b'"\xf0\x8f\xbf\xbf"', b'"\xf4\x90\x80\x80"', b'"\xf5\x80\x80\x80"', b'"\xe2\x82"', b'"\xe2\x28\xa1"', b'"\xc2"',
    b'"\\ud800"', b'"\\udc00"', b'"\\ud800x"', b'"\\ud800\\n"', b'"\\ud800\\ud800"', b'"\\ud800\\u0041"',
    b'{"a":1,"a":2}', b'{"a":1,"\\u0061":2}', b'{"":1,"b":2,"":3}', b'[' * 129 + b']' * 129, b'[' * 100000,
    b'{"a":' * 200 + b'1' + b'}' * 200,
]

_RLP = [
    b'', b'\x80', b'\xc0', b'\xc1', b'\xc2\x80\xc0\x00', b'\xc2\x02\xc0', b'\xc3\x81\x00\xc0', b'\xc3\x81\x01\xc0', b'\xc4\xb8\x01\x01\xc0',
    b'\xf8\x02\x80\xc0', b'\xc3\x80\xc0\xc0', b'\xc2\x80\x80', b'\xff' + b'\xff' * 8, b'\xf9\x00\x02\x80\xc0',
    rlp([0, [[bytes(19), 1]]]), rlp([0, [[bytes(20), b'\x00\x01']]]), rlp([0, [[bytes(20), 1], [bytes(20), 2]]]),
    rlp([0, [[bytes(20), 1, 2]]]), rlp([0, [[bytes(20), b'\x01' * 33]]]), rlp([0, [[bytes(20), 1, 1, bytes(32), bytes(31)]]]),
    b'\xfa\x00\x00\x3d\x01\xf8\x3a\xb8\x38' + b'a' * 56, b'\xf8\x3c\x01\xf8\x39\xb8\x37' + b'a' * 55,
    rlp([1, [b'']]), rlp([1, [[b'a']]]), rlp([1, [b'a']]) + b'\x80',
]

_RECEIPTS = [
    b'', b'\x80', rlp([[0, 1, 5]]), rlp([[0, 2, 5, []]]), rlp([[5, 1, 5, []]]), rlp([[0, 1, 5, b'']]),
    rlp([[0, 1, 5, [[bytes(19), [], b'']]]]), rlp([[0, 1, 5, [[bytes(20), [bytes(31)], b'']]]]),
    rlp([[0, 1, 5, [[bytes(20), [bytes(32)] * 5, b'']]]]), rlp([[0, 1, 5, [[bytes(20), [], b'', b'']]]]),
    rlp([[0, 1, 5, [[bytes(20), [], []]]]]), rlp([[0, 1, 5, [], b'']]),
]


def _table(size, offset, length, count, body):
    return b''.join(v.to_bytes(4, 'little') for v in (size, offset, length, count)) + body


_TABLES = [
    b'', bytes(15), _table(0, 0, 0, 0, b''), _table(8, 0, 0, 1, bytes(8)), _table(8, 4, 5, 1, bytes(8)),
    _table(8, 9, 1, 1, bytes(8)), _table(8, 0, 8, 2, bytes(15)), _table(8, 0, 8, 1, bytes(9)),
    _table(0xffffffff, 0, 4, 0xffffffff, bytes(64)), _table(8, 0xffffffff, 2, 1, bytes(8)),
]


def _gzip_around(body, data):
    """A member with deflate data of one's own."""
    return gzip_member(b'')[:10] + body + zlib.crc32(data).to_bytes(4, 'little') + len(data).to_bytes(4, 'little')


class _Bits:
    """Deflate data bit by bit: numbers from their lowest bit, codes from their highest."""

    def __init__(self):
        self.bits = []

    def number(self, value, size):
        self.bits += [value >> i & 1 for i in range(size)]
        return self

    def code(self, value, size):
        self.bits += [value >> i & 1 for i in reversed(range(size))]
        return self

    def bytes(self):
        padded = self.bits + [0] * (-len(self.bits) % 8)
        return bytes(sum(bit << i for i, bit in enumerate(padded[at:at + 8])) for at in range(0, len(padded), 8))


def _dynamic(literals, distances, codes):
    """A final dynamic block. Lengths are sent one by one by a code that gives each length 0 to 15 four bits; `codes`
    are (value, size) of what follows."""
    bits = _Bits().number(1, 1).number(2, 2).number(len(literals) - 257, 5).number(len(distances) - 1, 5).number(15, 4)
    for symbol in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15):
        bits.number(4 if symbol < 16 else 0, 3)
    for length in literals + distances:
        bits.code(length, 4)
    for value, size in codes:
        bits.code(value, size)
    return bits.bytes()


def _deflate_corners():
    """Codes at the edge of what RFC 1951 and zlib allow; most decode to 'A' alone or 'AAAA'."""

    def literals(count=286, **lengths):
        return [lengths.get(f's{symbol}', 0) for symbol in range(count)]

    two = literals(s65=1, s256=1)  # A is 0, the end is 1
    three = literals(s65=1, s256=2, s258=2)  # A is 0, the end is 10, a match of 4 is 11
    a, end2, match = (0, 1), (2, 2), (3, 2)
    yield _dynamic(two, [0], [a, (1, 1)]), b'A'
    yield _dynamic(two[:257], [0], [a, (1, 1)]), b'A'
    yield _dynamic(two, [0] * 30, [a, (1, 1)]), b'A'
    yield _dynamic(two, [0] * 31, [a, (1, 1)]), b'A'
    yield _dynamic(two, [0] * 32, [a, (1, 1)]), b'A'
    yield _dynamic(literals(287, s65=1, s256=1), [0], [a, (1, 1)]), b'A'
    yield _dynamic(literals(288, s65=1, s256=1), [0], [a, (1, 1)]), b'A'
    yield _dynamic(literals(s256=1), [0], [(0, 1)]), b''
    yield _dynamic(literals(s256=2), [0], [(0, 2)]), b''
    yield _dynamic(literals(s65=1), [0], [a]), b'A'
    yield _dynamic(literals(s65=1, s66=1, s256=1), [0], [a]), b'A'
    yield _dynamic(literals(s65=1, s256=1, s257=15), [0], [a, (1, 1)]), b'A'
    yield _dynamic(literals(s65=2, s256=2), [0], [(0, 2), (1, 2)]), b'A'
    yield _dynamic(literals(s65=15, s66=15, **{f's{70 + i}': i for i in range(1, 14)}, s256=14), [0], [(0, 1)]), b''
    for distances, choice in (([1], (0, 1)), ([1], (1, 1)), ([2], (0, 2)), ([1, 1], (0, 1)), ([1, 1], (1, 1)), ([0], (0, 1)),
                              ([0, 1], (0, 1)), ([2, 2, 2, 2], (3, 2)), ([1, 1, 1], (0, 1)), ([15], (0, 15))):
        yield _dynamic(three, distances, [a, match, choice, end2]), b'AAAAA'
        yield _dynamic(three, distances, [a, end2]), b'A'
    for symbol, distance in ((198, 0), (199, 0), (1, 30), (1, 31), (1, 29), (1, 0)):
        fixed = _Bits().number(1, 1).number(1, 2).code(0x30 + 65, 8)  # fixed code: A, then a match
        fixed.code(symbol, 8 if symbol > 1 else 7).code(distance, 5).number(0, 13).code(0, 7)
        yield fixed.bytes(), b'AAAA'
    # A repeat of the length before, where there is none: only symbol 16 and 0 have codes.
    bits = _Bits().number(1, 1).number(2, 2).number(0, 5).number(0, 5).number(0, 4)
    for length in (1, 0, 0, 1):
        bits.number(length, 3)
    yield bits.code(1, 1).number(3, 2).number(0, 32).bytes(), b''


def corners(guest):
    """Payloads at the edges of the format, valid and not: the reference decides."""
    if guest == 'inflate':
        return [_gzip_around(body, data) for body, data in _deflate_corners()]
    if guest == 'json-digest':
        edges = (0x20, 0x7f, 0x80, 0x7ff, 0x800, 0xfff, 0x1000, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x3ffff, 0x40000,
                 0x10ffff)
        escaped = ['"\\u%04x"' % code for code in (*range(0x30), *edges[:11])]
        plain = [f'"{chr(code)}"' for code in range(0x130)] + [f'["{chr(code)}"]' for code in edges]
        whole = ['[' * 128 + ']' * 128, '[' * 129 + ']' * 129, '{"a":' * 128 + '1' + '}' * 128, ' \r\n\t1\t', '""', '[]', '{}',
                 '-0', '0', '1E5', '1e-05', '0.00', '-1.5e+3', 'null', 'true', '{"b":1,"a":2,"":3,"ab":4,"aa":5,"\u00e9":6}',
                 '"\\ud83d\\ude00\\uDBFF\\uDFFF"', '{"\\u0062":1,"a\\u0000":2,"a":3}', '"\\/\\b\\f\\n\\r\\t\\"\\\\"']
        return [document.encode() for document in escaped + plain + whole]
    if guest == 'mpt-root':  # values of all sizes, so that nodes are as long as a hash, one less and one more
        small = (*range(1, 41), 54, 55, 56, 57, 255, 256)
        tries = [rlp([1, [bytes([i % 255 + 1]) * size for i in range(count)]])
                 for count, sizes in ((1, small), (2, small), (3, small), (17, small), (129, (1, 28)), (300, (30,)))
                 for size in sizes]
        return tries + [rlp([0, []]), rlp([1, []]), rlp([0, [[bytes(20), 0], [b'\xff' * 20, 2**256 - 1]]])]
    if guest == 'receipts-root':
        return [rlp([]), rlp([[4, 0, 0, []]]), rlp([[0, 1, 2**64 - 1, [[bytes(20), [bytes(32)] * 4, bytes(300)]]]] * 130)]
    return [_table(1, 0, 1, count, bytes((i * 37) % 5 for i in range(count))) for count in range(40)] + [
        _table(3, 1, 2, 300, bytes((i * i) % 7 for i in range(900)))]


def _gzip():
    good = gzip_member(b'some text some text some text')
    stored = gzip_stored(b'abc')
    yield from ((good[:size], BAD_INPUT) for size in (0, 1, 9, 10, 15, len(good) - 9, len(good) - 1))
    yield good[:-5] + bytes([good[-5] ^ 1]) + good[-4:], BAD_CHECKSUM
    yield good[:-1] + bytes([good[-1] ^ 1]), BAD_CHECKSUM
    yield good + b'\0', BAD_INPUT
    yield b'\x1f\x8c' + good[2:], BAD_INPUT
    yield good[:2] + b'\x07' + good[3:], BAD_INPUT
    yield good[:3] + b'\x20' + good[4:], BAD_INPUT
    yield good[:3] + b'\x08' + good[4:10] + b'name without its end', BAD_INPUT
    yield good[:3] + b'\x02' + good[4:10] + b'\0\0' + good[10:], BAD_CHECKSUM
    yield stored[:10] + bytes([stored[10] | 6]) + stored[11:], BAD_INPUT
    yield stored[:13] + bytes([stored[13] ^ 1]) + stored[14:], BAD_INPUT
    # A match that reaches into the member before, with a trailer that would fit.
    before, after = b'the text of the member before ' * 3, b'the text of the member'
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=before)
    yield gzip_member(before) + _gzip_around(packer.compress(after) + packer.flush(), after), BAD_INPUT


def refused(guest):
    """(payload, exit code)"""
    if guest == 'inflate':
        return list(_gzip())
    payloads = {'json-digest': _JSON, 'mpt-root': _RLP, 'receipts-root': _RECEIPTS, 'sort-copy': _TABLES}[guest]
    return [(payload, BAD_INPUT) for payload in payloads]


def _mutate(stream, payload):
    data = bytearray(payload)
    for _ in range(1 + stream.below(3)):
        at = stream.below(len(data))
        match stream.below(4):
            case 0:
                data[at] = stream.below(256)
            case 1:
                data[at] ^= 1 << stream.below(8)
            case 2:
                del data[at:at + 1 + stream.below(4)]
            case _:
                data[at:at] = data[stream.below(len(data)):][:1 + stream.below(6)]
        if not data:
            break
    return bytes(data)


def _resealed(stream, payload):
    """Changes the deflate data of a plain gzip member; where it still decodes, puts the fitting trailer behind it, so
    that only the decoder decides."""
    body = _mutate(stream, payload[10:-8])
    unpacker = zlib.decompressobj(-15)
    try:
        data = unpacker.decompress(body, 1 << 20)
    except zlib.error:
        return payload[:10] + body + payload[-8:]
    if unpacker.eof:
        body = body[:len(body) - len(unpacker.unused_data)]
    return payload[:10] + body + zlib.crc32(data).to_bytes(4, 'little') + len(data).to_bytes(4, 'little')


def mutated(guest, count):
    """Small valid inputs with a few bytes changed; the reference says whether each one is still valid."""
    stream = Stream(len(guest))
    if guest == 'json-digest':
        seeds = [json_strings(1, 6), b'{"a":[1,2.5e-3,true,null,{"b":"x\\n\\ud83d\\ude00"}],"c":false,"":"\\u00e9"}',
                 b' [ -0 , 0.0 , 1E400 , "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" ] ']
    elif guest == 'inflate':
        seeds = [gzip_member(text(1, 400)), gzip_member(text(2, 90), strategy=zlib.Z_FIXED), gzip_member(bytes(300)),
                 gzip_member(Stream(5).bytes(80) + text(6, 300)), gzip_stored(text(4, 60), 20), gzip_member(b'')]
        plain = [_mutate(stream, stream.pick(seeds)) for _ in range(count // 4)]
        return plain + [_resealed(stream, stream.pick(seeds)) for _ in range(count - len(plain))]
    else:
        return []
    return [_mutate(stream, stream.pick(seeds)) for _ in range(count)]
