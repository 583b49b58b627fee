"""Recovery of the public key from an ECDSA signature over secp256k1, straight from SEC 1, 4.1.6."""

P = 2**256 - 2**32 - 977
N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141
G = (0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798,
     0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8)


def _add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def _times(k, point):
    total = None
    while k:
        if k & 1:
            total = _add(total, point)
        point = _add(point, point)
        k >>= 1
    return total


def recover(digest, r, s, parity):
    """x and y, 64 bytes."""
    y = pow(r**3 + 7, (P + 1) // 4, P)
    if y * y % P != (r**3 + 7) % P:
        raise ValueError('r is not the abscissa of a point')
    if y % 2 != parity:
        y = P - y
    inverse = pow(r, -1, N)
    x, y = _add(_times(-int.from_bytes(digest, 'big') * inverse % N, G), _times(s * inverse % N, (r, y)))
    return x.to_bytes(32, 'big') + y.to_bytes(32, 'big')
