"""What each guest must write to its public output, computed independently of the guests' sources."""

import hashlib
import io
import json
import struct
import zlib

from .ethereum import bloom, index_root, keccak256, rlp, rlp_decode, state_root


def mpt_root(payload):
    kind, items = rlp_decode(payload)
    root = index_root(items) if kind == b'\x01' else state_root(items)
    return root + struct.pack('<Q', len(items))


def receipts_root(payload):
    receipts = rlp_decode(payload)
    values, block_bloom, log_count = [], 0, 0
    for kind, status, gas, logs in receipts:
        bits = bloom(logs)
        block_bloom |= bits
        log_count += len(logs)
        values.append(kind + rlp([status, gas, bits.to_bytes(256, 'big'), logs]))
    counts = struct.pack('<2Q', len(receipts), log_count)
    return index_root(values) + keccak256(block_bloom.to_bytes(256, 'big')) + counts


class _Number(str):
    """A number's lexeme."""


def _unique(pairs):
    members = {}
    for name, value in pairs:
        name = name.encode('utf-8')  # refuses unpaired surrogates
        if name in members:
            raise ValueError('a name occurs twice')
        members[name] = value
    return members


def _refuse(word):
    raise ValueError(f'{word} is not JSON')


def _canonical_string(text):
    escaped = bytearray(b'"')
    for byte in text:
        if byte in b'"\\':
            escaped += b'\\'
        escaped += b'\\u%04x' % byte if byte < 0x20 else bytes([byte])
    return bytes(escaped + b'"')


class _Canonical:
    def __init__(self):
        self.counts = dict.fromkeys(('null', 'false', 'true', 'number', 'string', 'array', 'object'), 0)
        self.deepest = 0

    def text(self, value, depth=0):
        if isinstance(value, (list, dict)):
            self.deepest = max(self.deepest, depth + 1)
        if isinstance(value, list):
            self.counts['array'] += 1
            return b'[' + b','.join(self.text(item, depth + 1) for item in value) + b']'
        if isinstance(value, dict):
            self.counts['object'] += 1
            members = (_canonical_string(name) + b':' + self.text(value[name], depth + 1) for name in sorted(value))
            return b'{' + b','.join(members) + b'}'
        if isinstance(value, _Number):
            self.counts['number'] += 1
            return value.encode()
        if isinstance(value, str):
            self.counts['string'] += 1
            return _canonical_string(value.encode('utf-8'))
        word = {None: 'null', False: 'false', True: 'true'}[value]
        self.counts[word] += 1
        return word.encode()


def json_digest(payload):
    document = json.loads(payload.decode('utf-8'), parse_int=_Number, parse_float=_Number, parse_constant=_refuse,
                          object_pairs_hook=_unique)
    canonical = _Canonical()
    text = canonical.text(document)
    if canonical.deepest > 128:
        raise ValueError('nested too deeply')
    return hashlib.sha256(text).digest() + struct.pack('<9Q', len(text), *canonical.counts.values(), canonical.deepest)


def inflate(payload):
    """By zlib, which checks each member's header, CRC-32 and length."""
    whole, rest, members, last = b'', payload, 0, b''
    while rest or not members:
        stream = zlib.decompressobj(wbits=31)
        last = stream.decompress(rest)
        if not stream.eof:
            raise ValueError('a member is cut')
        rest = stream.unused_data
        whole += last
        members += 1
    return hashlib.sha256(whole).digest() + struct.pack('<2Q2I', len(whole), members, zlib.adler32(whole),
                                                        zlib.crc32(last))


def sort_copy(payload):
    size, offset, length, count = struct.unpack_from('<4I', payload)
    body = io.BytesIO(payload[16:])
    records = sorted((body.read(size) for _ in range(count)), key=lambda record: record[offset:offset + length])
    distinct = len({record[offset:offset + length] for record in records})
    return hashlib.sha256(b''.join(records)).digest() + struct.pack('<2Q', count, distinct)


REFERENCES = {
    'mpt-root': mpt_root,
    'receipts-root': receipts_root,
    'json-digest': json_digest,
    'inflate': inflate,
    'sort-copy': sort_copy,
}


def window(meaningful):
    """The 256-byte public output whose beginning is `meaningful`."""
    return meaningful.ljust(256, b'\0')
