"""Keccak-256 in plain Python, after the Keccak team's pseudo-code; shares nothing with the C runtime."""

_MASK = (1 << 64) - 1


def _rotate(value, count):
    count %= 64
    return ((value << count) | (value >> (64 - count))) & _MASK if count else value


def _round_constants():
    """The 24 iota constants from their linear feedback shift register."""
    register = 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << ((1 << j) - 1)
            register <<= 1
            if register & 0x100:
                register ^= 0x171
        yield constant


_CONSTANTS = tuple(_round_constants())


def _rotations():
    """The rho offsets and pi moves, by walking (x, y) -> (y, 2x + 3y)."""
    x, y, moves = 1, 0, []
    for step in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        moves.append((x + 5 * y, (step + 1) * (step + 2) // 2 % 64))
    return tuple(moves)


_MOVES = _rotations()


def permute(lanes):
    for constant in _CONSTANTS:
        columns = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        for x in range(5):
            mix = columns[x - 1] ^ _rotate(columns[(x + 1) % 5], 1)
            for y in range(0, 25, 5):
                lanes[x + y] ^= mix
        moving = lanes[1]
        for place, count in _MOVES:
            lanes[place], moving = _rotate(moving, count), lanes[place]
        for y in range(0, 25, 5):
            row = lanes[y:y + 5]
            for x in range(5):
                lanes[y + x] = row[x] ^ (~row[(x + 1) % 5] & _MASK & row[(x + 2) % 5])
        lanes[0] ^= constant


def keccak256(data):
    padded = bytearray(data)
    padded.append(0x01)
    padded.extend(bytes(-len(padded) % 136))
    padded[-1] |= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), 136):
        for i in range(17):
            lanes[i] ^= int.from_bytes(padded[start + 8 * i:start + 8 * i + 8], 'little')
        permute(lanes)
    return b''.join(lane.to_bytes(8, 'little') for lane in lanes[:4])
