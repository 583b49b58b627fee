"""Inputs that the guests must refuse, with the exit code, and mutated inputs on which guest and reference must agree."""

import zlib

from .generate import Stream, gzip_member, gzip_stored, json_strings, text
from .ethereum import rlp

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
    b'', b'\x80', b'\xc0', b'\xc1', b'\xc2\x80\xc0\x00', b'\xc2\x02\xc0', b'\xc3\x81\x00\xc0', b'\xc4\xb8\x01\x01\xc0',
    b'\xf8\x02\x80\xc0', b'\xc3\x80\xc0\xc0', b'\xc2\x80\x80', b'\xff' + b'\xff' * 8, b'\xf9\x00\x02\x80\xc0',
    rlp([0, [[bytes(19), 1]]]), rlp([0, [[bytes(20), b'\x00\x01']]]), rlp([0, [[bytes(20), 1], [bytes(20), 2]]]),
    rlp([0, [[bytes(20), 1, 2]]]), rlp([0, [[bytes(20), b'\x01' * 33]]]), rlp([0, [[bytes(20), 1, 1, bytes(32), bytes(31)]]]),
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
    # A match that would reach into the member before.
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=b'the dictionary of the member before')
    yield good + good[:10] + packer.compress(b'the dictionary of the member') + packer.flush() + bytes(8), BAD_INPUT


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
