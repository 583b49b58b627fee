"""Inputs of the guest hashes: what the transactions of real blocks were signed with."""

import hashlib
import json
import struct

from reference.ethereum import integer, keccak256, rlp, rlp_decode

from . import op_blocks, packages, secp256k1


def _record(digest, r, s, parity):
    return digest + r.to_bytes(32, 'big') + s.to_bytes(32, 'big') + bytes([parity])


def _number(data):
    return int.from_bytes(data, 'big')


def _from_encoded(encoded):
    """The record of an encoded transaction of type 0, 1 or 2."""
    if encoded[0] < 0xc0:
        fields = rlp_decode(encoded[1:])
        *body, parity, r, s = fields
        return _record(keccak256(encoded[:1] + rlp(body)), _number(r), _number(s), _number(parity))
    *body, v, r, s = rlp_decode(encoded)
    v = _number(v)
    if v >= 35:
        body, v = [*body, integer((v - 35) // 2), b'', b''], 27 + (v - 35) % 2
    return _record(keccak256(rlp(body)), _number(r), _number(s), v - 27)


def mainnet_block():
    """Records and published senders of mainnet block 12964999."""
    text = packages.member('ethereum-execution', 'ethereum/assets/blocks/block_12964999.json')
    block = json.loads(text)
    transactions = block.get('result', block)['transactions']
    from reference.generate import encode_transaction
    records = b''.join(_from_encoded(encode_transaction(t)) for t in transactions)
    return records, [bytes.fromhex(t['from'][2:]) for t in transactions]


def op_block(number):
    """Records of an OP Sepolia block's signed transactions; its deposits have none."""
    payload = op_blocks.fixture(number)['executing_payload']
    encoded = (bytes.fromhex(t[2:]) for t in payload['transactions'])
    return b''.join(_from_encoded(t) for t in encoded if t[0] != 0x7e)


def expected(records, published=None):
    """What the guest must write; `published` senders must be the recovered ones."""
    senders = []
    for at in range(0, len(records), 97):
        record = records[at:at + 97]
        key = secp256k1.recover(record[:32], _number(record[32:64]), _number(record[64:96]), record[96])
        senders.append(keccak256(key)[12:])
    if published is not None and senders != published:
        raise ValueError('the recovered senders are not the published ones')
    return struct.pack('<Q', len(senders)) + hashlib.sha256(b''.join(senders)).digest()
