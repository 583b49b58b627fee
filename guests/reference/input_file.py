"""Input files as ziskemu's -i takes them: u64 length (little endian), payload, zeros up to a multiple of 8."""

import struct


def wrap(payload):
    return struct.pack('<Q', len(payload)) + payload + bytes(-len(payload) % 8)


def unwrap(contents):
    (size,) = struct.unpack_from('<Q', contents)
    if contents != wrap(contents[8:8 + size]):
        raise ValueError('not u64 length, payload, zeros up to a multiple of 8')
    return contents[8:8 + size]
