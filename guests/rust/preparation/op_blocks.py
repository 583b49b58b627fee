"""Inputs of the guest op-block: the OP Sepolia blocks that kona-executor's own tests run on."""

import io
import json
import pathlib
import struct
import tarfile
import tempfile

from . import packages

NUMBERS = (26207960, 26207961, 26207962, 26207963, 26208384, 26208858, 26208927, 26211680)


def _files(number):
    archive = packages.member('kona-executor', f'testdata/block-{number}.tar.gz')
    return tarfile.open(fileobj=io.BytesIO(archive))


def fixture(number):
    with _files(number) as files:
        return json.load(files.extractfile(f'block-{number}/fixture.json'))


def witness(number):
    """Every preimage, by its hash."""
    packages.importable('rocksdict')
    import rocksdict
    with tempfile.TemporaryDirectory() as scratch, _files(number) as files:
        for entry in files.getmembers():
            name = pathlib.PurePosixPath(entry.name)
            # The archives were made on a Mac: `._NAME` are its attributes, which RocksDB would take for its own files.
            if entry.isfile() and name.parent.name == 'kv' and not name.name.startswith('._'):
                (pathlib.Path(scratch) / name.name).write_bytes(files.extractfile(entry).read())
        database = rocksdict.Rdict(scratch, options=rocksdict.Options(raw_mode=True))
        found = dict(database.items())
        database.close()
    return found


def payload(number):
    document = fixture(number)
    del document['expected_block_hash']
    text = json.dumps(document, separators=(',', ':')).encode()
    preimages = (value for _, value in sorted(witness(number).items()))
    return struct.pack('<I', len(text)) + text + b''.join(struct.pack('<I', len(p)) + p for p in preimages)


def expected(number):
    """The published block hash; the gas is written behind it and not published on its own."""
    return bytes.fromhex(fixture(number)['expected_block_hash'][2:])
