"""The pinned inputs: what each one is, how it is made, how often its like occurs."""

import json
import zlib

from .ethereum import index_root, integer, keccak256, rlp

MAINNET_GENESIS_ROOT = 'd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544'


class Stream:
    """SplitMix64: the same numbers on every machine and in every version of Python."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        mask = (1 << 64) - 1
        self.state = (self.state + 0x9e3779b97f4a7c15) & mask
        z = self.state
        z = ((z ^ z >> 30) * 0xbf58476d1ce4e5b9) & mask
        z = ((z ^ z >> 27) * 0x94d049bb133111eb) & mask
        return z ^ z >> 31

    def below(self, bound):
        return self.next() % bound

    def bytes(self, size):
        return b''.join(self.next().to_bytes(8, 'little') for _ in range((size + 7) // 8))[:size]

    def pick(self, items):
        return items[self.below(len(items))]


def _bytes(text):
    return bytes.fromhex(text.removeprefix('0x'))


def _number(text):
    return int(text, 16)


class Published:
    """The assets of the wheel ethereum-execution 2.20.0 (CC0), read from its unpacked directory."""

    def __init__(self, assets):
        self.block_texts = {n: (assets / 'blocks' / f'block_{n}.json').read_bytes() for n in (1, 1234567, 12964999)}
        block = json.loads(self.block_texts[12964999])
        self.block = block.get('result', block)
        allocation = json.loads((assets / 'mainnet.json').read_bytes())['alloc']
        self.genesis = [[_bytes(address), integer(_number(account['balance']))]
                        for address, account in sorted(allocation.items())]
        self.transactions = [encode_transaction(t) for t in self.block['transactions']]
        if index_root(self.transactions) != _bytes(self.block['transactionsRoot']):
            raise ValueError('the encoded transactions do not have the block\'s transactions root')


def encode_transaction(t):
    """A JSON-RPC transaction of type 0 or 1 as it stands in a block; its hash must be the published one."""
    body = [_number(t['nonce']), _number(t['gasPrice']), _number(t['gas']), _bytes(t['to'] or ''), _number(t['value']),
            _bytes(t['input'])]
    signature = [_number(t[name]) for name in ('v', 'r', 's')]
    if _number(t['type']) == 0:
        encoded = rlp(body + signature)
    else:
        access = [[_bytes(a['address']), [_bytes(key) for key in a['storageKeys']]] for a in t['accessList']]
        encoded = b'\x01' + rlp([_number(t['chainId'])] + body + [access] + signature)
    if keccak256(encoded) != _bytes(t['hash']):
        raise ValueError(f'transaction {t["hash"]} does not have its hash')
    return encoded


def contracts(seed, count):
    """Accounts with nonces, storage and code; one in three is a plain one."""
    stream, accounts = Stream(seed), []
    for _ in range(count):
        plain = stream.below(3) == 0
        storage_root, code_hash = keccak256(rlp(b'') if plain else stream.bytes(8)), keccak256(b'' if plain else stream.bytes(8))
        accounts.append([stream.bytes(20), stream.below(1 << stream.below(20)), stream.below(1 << stream.below(64)),
                         storage_root, code_hash])
    return rlp([0, accounts])


TRANSFER = keccak256(b'Transfer(address,address,uint256)')
SWAP = keccak256(b'Swap(address,uint256,uint256,uint256,uint256,address)')


def receipts(block, seed, count, logs_max):
    """Receipts as the block's transactions could have left them: addresses are real, the logs are made up."""
    stream, made, gas = Stream(seed), [], 0
    for i in range(count):
        t = block['transactions'][i % len(block['transactions'])]
        gas += 21000 + stream.below(200000)
        logs = []
        for _ in range(stream.below(logs_max + 1)):
            sender, receiver = (bytes(12) + _bytes(stream.pick(block['transactions'])['from']) for _ in range(2))
            token = _bytes(stream.pick(block['transactions'])['to'] or block['miner'])
            if stream.below(4):
                logs.append([token, [TRANSFER, sender, receiver], stream.below(1 << 60).to_bytes(32, 'big')])
            else:
                logs.append([token, [SWAP, sender, receiver], stream.bytes(128)])
        failed = stream.below(20) == 0
        made.append([_number(t['type']), 0 if failed else 1, gas, [] if failed else logs])
    return rlp(made)


WORDS = ('gate', 'guest', 'proof', 'trace', 'cost', 'step', 'state', 'root', 'block', 'witness', 'field', 'lookup',
         'memory', 'segment', 'recursion', 'circuit', 'the', 'of', 'and', 'a')


def text(seed, size):
    stream, parts, length = Stream(seed), [], 0
    while length < size:
        word = stream.pick(WORDS) + stream.pick((' ', ' ', ' ', ', ', '.\n'))
        parts.append(word)
        length += len(word)
    return ''.join(parts).encode()[:size]


def json_records(seed, count):
    """What a service would send: a list of small objects, members in no order."""
    stream, rows = Stream(seed), []
    for i in range(count):
        members = [('id', i), ('name', text(stream.next(), 12).decode()), ('price', stream.below(10**6) / 100),
                   ('active', stream.below(2) == 0), ('note', None),
                   ('tags', [stream.pick(WORDS) for _ in range(stream.below(5))])]
        first = stream.below(len(members))
        rows.append(dict(members[first:] + members[:first]))
    return json.dumps(rows, indent=1).encode()


def json_numbers(seed, count):
    stream, lexemes = Stream(seed), []
    for _ in range(count):
        lexeme = '-' * stream.below(2) + str(stream.below(1 << stream.below(60) + 1))
        lexeme += f'.{stream.below(10**9):09}' * stream.below(2)
        lexeme += stream.pick(('', '', 'e5', 'E-12', 'e+300'))
        lexemes.append(lexeme)
    return ('[' + ',\n'.join(lexemes) + ']').encode()


def json_strings(seed, count):
    """Names and strings in several scripts, some of their characters escaped."""
    stream, members = Stream(seed), []
    alphabet = 'abc "\\/\b\f\n\r\t\x01\x7fäßéλЖشあ中한€\ufffd😀🧮𝔾'

    def literal():
        out = []
        for _ in range(stream.below(24)):
            c = stream.pick(alphabet)
            if ord(c) < 0x20 or c in '"\\' or stream.below(3) == 0:
                units = c.encode('utf-16-be')
                out.extend(f'\\u{units[i]:02x}{units[i + 1]:02X}' for i in range(0, len(units), 2))
            else:
                out.append(c)
        return ''.join(out)

    for i in range(count):
        members.append(f'"{literal()}{i}" : "{literal()}"')
    return ('{' + ' , '.join(members) + '}').encode()


def json_nested(depth, width):
    """Arrays and objects inside each other, `width` times beside each other."""
    arm = '[{"a":' * (depth // 2) + '0' + '}]' * (depth // 2)
    return ('[' + ','.join([arm] * width) + ']').encode()


def gzip_member(data, level=9, strategy=zlib.Z_DEFAULT_STRATEGY, flags=0, fields=b'', memory=8):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15, memory, strategy)
    header = b'\x1f\x8b\x08' + bytes([flags]) + bytes(4) + b'\x02\xff' + fields
    if flags & 2:
        header += (zlib.crc32(header) & 0xffff).to_bytes(2, 'little')
    trailer = zlib.crc32(data).to_bytes(4, 'little') + len(data).to_bytes(4, 'little')
    return header + packer.compress(data) + packer.flush() + trailer


def gzip_stored(data, block=0x4000):
    """Stored blocks only, laid out by hand: how a compressor cuts them differs between its versions."""
    body = b''
    for start in range(0, len(data), block):
        part = data[start:start + block]
        size = len(part)
        body += bytes([start + block >= len(data)]) + size.to_bytes(2, 'little') + (size ^ 0xffff).to_bytes(2, 'little')
        body += part
    return gzip_member(b'')[:10] + body + zlib.crc32(data).to_bytes(4, 'little') + len(data).to_bytes(4, 'little')


def gzip_members(seed):
    """Four members with every optional header field."""
    fields = b'\x04\x00ab\x00\x00' + b'name.txt\0' + b'a comment\0'
    plain = [text(seed, 5000), b'', Stream(seed).bytes(3000), text(seed + 1, 9000)]
    return (gzip_member(plain[0], flags=0x1e, fields=fields) + gzip_member(plain[1]) + gzip_member(plain[2], level=1)
            + gzip_member(plain[3], flags=8, fields=b'x\0'))


def records(seed, size, offset, length, count, order='random', distinct=None):
    """`order` is random, sorted or reversed; `distinct` caps the number of keys."""
    stream, rows = Stream(seed), []
    keys = [stream.bytes(length) for _ in range(distinct or count)]
    for i in range(count):
        key = keys[i] if distinct is None else stream.pick(keys)
        rest = stream.bytes(size - length)
        rows.append(rest[:offset] + key + rest[offset:])
    if order != 'random':
        rows.sort(key=lambda row: row[offset:offset + length], reverse=order == 'reversed')
    header = b''.join(value.to_bytes(4, 'little') for value in (size, offset, length, count))
    return header + b''.join(rows)


def all_inputs(published):
    """(guest, name, weight, description, payload) of every pinned input."""
    genesis, block, texts = published.genesis, published.block, published.block_texts

    def allocation(count):
        return rlp([0, genesis[:count]])

    return [
        ('mpt-root', 'genesis_1', 1, 'state root of one account of the Ethereum mainnet genesis', allocation(1)),
        ('mpt-root', 'genesis_100', 4, 'state root of the first 100 accounts of the mainnet genesis', allocation(100)),
        ('mpt-root', 'genesis_1000', 4, 'state root of the first 1000 accounts of the mainnet genesis', allocation(1000)),
        ('mpt-root', 'genesis_mainnet', 1, 'all 8893 accounts of the mainnet genesis, whose state root is published', allocation(len(genesis))),
        ('mpt-root', 'contracts_500', 3, '500 accounts with nonces, storage and code, seed 500', contracts(500, 500)),
        ('mpt-root', 'transactions_16', 3, 'index trie of the first 16 transactions of mainnet block 12964999', rlp([1, published.transactions[:16]])),
        ('mpt-root', 'transactions_145', 6, 'all 145 transactions of mainnet block 12964999, whose transactions root is published', rlp([1, published.transactions])),

        ('receipts-root', 'transfer', 4, 'one receipt with up to 2 logs, seed 1', receipts(block, 1, 1, 2)),
        ('receipts-root', 'transfers_8', 6, '8 receipts with up to 1 log, seed 8', receipts(block, 8, 8, 1)),
        ('receipts-root', 'plain_32', 3, '32 receipts without logs, seed 32', receipts(block, 32, 32, 0)),
        ('receipts-root', 'swaps_12', 4, '12 receipts with up to 6 logs, seed 12', receipts(block, 12, 12, 6)),
        ('receipts-root', 'logs_3x20', 1, '3 receipts with up to 20 logs, seed 20', receipts(block, 20, 3, 20)),
        ('receipts-root', 'block_145', 2, '145 receipts with up to 4 logs, a whole block, seed 145', receipts(block, 145, 145, 4)),

        ('json-digest', 'block_1', 4, 'mainnet block 1 as JSON-RPC sends it', texts[1]),
        ('json-digest', 'block_1234567', 4, 'mainnet block 1234567 as JSON-RPC sends it', texts[1234567]),
        ('json-digest', 'records_80', 6, '80 small objects as a service would send them, seed 80', json_records(80, 80)),
        ('json-digest', 'numbers_600', 2, '600 numbers in all forms, seed 600', json_numbers(600, 600)),
        ('json-digest', 'strings_120', 2, '120 members in several scripts with escapes, seed 120', json_strings(120, 120)),
        ('json-digest', 'nested_100', 1, '12 towers of arrays and objects, 100 levels high', json_nested(99, 12)),
        ('json-digest', 'block_12964999', 2, 'mainnet block 12964999 with its 145 transactions', texts[12964999]),

        ('inflate', 'stored_24k', 1, '24 KB of random bytes in stored blocks, seed 24', gzip_stored(Stream(24).bytes(24000))),
        ('inflate', 'fixed_text', 2, '20 KB of text in blocks with the fixed code, seed 20', gzip_member(text(20, 20000), strategy=zlib.Z_FIXED)),
        ('inflate', 'block_1', 4, 'mainnet block 1 as JSON', gzip_member(texts[1])),
        ('inflate', 'members_4', 1, '4 members with all header fields, one of them empty, seed 4', gzip_members(4)),
        ('inflate', 'zeros_400k', 1, '400 KB of zeros, the highest ratio there is', gzip_member(bytes(400000))),
        ('inflate', 'transactions', 3, 'the RLP of the transactions of mainnet block 12964999, hard to compress', gzip_member(b''.join(published.transactions))),
        ('inflate', 'block_12964999', 4, 'mainnet block 12964999 as JSON', gzip_member(texts[12964999])),

        ('sort-copy', 'random_500', 6, '500 records of 32 bytes, keys of 8 bytes, seed 51', records(51, 32, 0, 8, 500)),
        ('sort-copy', 'sorted_1000', 3, '1000 records of 32 bytes that are already in order, seed 52', records(52, 32, 8, 8, 1000, 'sorted')),
        ('sort-copy', 'reversed_600', 1, '600 records of 32 bytes in falling order, seed 53', records(53, 32, 24, 8, 600, 'reversed')),
        ('sort-copy', 'few_keys', 2, '800 records of 24 bytes with 7 keys of 4 bytes, seed 54', records(54, 24, 4, 4, 800, distinct=7)),
        ('sort-copy', 'wide_64', 2, '64 records of 512 bytes, keys of 16 bytes, seed 55', records(55, 512, 100, 16, 64)),
        ('sort-copy', 'odd_700', 2, '700 records of 37 bytes, keys of 5 bytes: every copy is misaligned, seed 56', records(56, 37, 3, 5, 700)),
        ('sort-copy', 'random_5000', 1, '5000 records of 32 bytes, keys of 8 bytes, seed 57', records(57, 32, 0, 8, 5000)),
    ]
