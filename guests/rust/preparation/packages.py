"""The published packages that inputs are made from: fetched by pip, npm and cargo, checked against pinned digests.

Everything lands in $XDG_CACHE_HOME/cyclegate-guests (default ~/.cache): artefacts under the GPL or the BUSL are used,
not copied into this repository."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache') / 'cyclegate-guests'


def pins():
    """name to (registry, version, file, sha256, licence), from packages.tsv."""
    rows = (line.split('\t') for line in (HERE / 'packages.tsv').read_text().splitlines() if not line.startswith('#'))
    return {name: (registry, version, file, digest, licence) for registry, name, version, file, digest, licence in rows}


def _run(command, **options):
    # Standard output carries the input.
    done = subprocess.run([str(word) for word in command], stdout=sys.stderr, check=False, **options)
    if done.returncode:
        sys.exit(f'{command[0]} failed with status {done.returncode}: cannot prepare this input without its package')


def archive(name):
    """The package's file, fetched once and checked each time."""
    registry, version, file, digest, _ = pins()[name]
    if registry == 'crates-io':
        return _crate(name, version, file, digest)
    path = CACHE / file
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        if registry == 'pypi':
            _run([sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', CACHE, f'{name}=={version}'])
        else:
            _run(['npm', 'pack', '--silent', f'{name}@{version}'], cwd=CACHE)
    return _checked(path, digest)


def _crate(name, version, file, digest):
    """cargo keeps the files of packages itself. It fetches one with all that it depends on, of which nothing is read."""
    home = pathlib.Path(os.environ.get('CARGO_HOME') or pathlib.Path.home() / '.cargo')
    found = list(home.glob(f'registry/cache/*/{file}'))
    if not found:
        cargo = '/usr/bin/cargo' if pathlib.Path('/usr/bin/cargo').exists() else 'cargo'
        environment = {**os.environ, **({'RUSTC': '/usr/bin/rustc'} if cargo == '/usr/bin/cargo' else {})}
        with tempfile.TemporaryDirectory() as scratch:
            project = pathlib.Path(scratch)
            (project / 'Cargo.toml').write_text(
                '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n'
                f'[dependencies]\n{name} = {{ version = "={version}", default-features = false }}\n')
            (project / 'src').mkdir()
            (project / 'src' / 'lib.rs').touch()
            _run([cargo, 'fetch', '--quiet'], cwd=project, env=environment)
        found = list(home.glob(f'registry/cache/*/{file}'))
    if not found:
        sys.exit(f'{name} {version}: cargo has fetched it, but {file} is not in {home}')
    return _checked(found[0], digest)


def _checked(path, digest):
    got = hashlib.sha256(path.read_bytes()).hexdigest()
    if got != digest:
        sys.exit(f'{path}: has sha256 {got}, packages.tsv pins {digest}')
    return path


def member(name, inside):
    """The bytes of one file of a package."""
    path = archive(name)
    if path.suffix == '.whl':
        with zipfile.ZipFile(path) as package:
            return package.read(inside)
    top = 'package' if path.suffix == '.tgz' else path.name.removesuffix('.crate')
    with tarfile.open(path) as package:
        return package.extractfile(f'{top}/{inside}').read()


def creation_code(name, inside):
    """A contract's creation code from the JSON that its compiler made."""
    built = json.loads(member(name, inside))
    code = built['evm']['bytecode']['object'] if 'evm' in built else built['bytecode']
    return bytes.fromhex(code.removeprefix('0x'))


def importable(name):
    """Puts the wheel `name` and what it needs where Python finds it. Wheels differ between machines, so they are not
    pinned by digest; what they help to make is."""
    version = pins()[name][1]
    target = CACHE / 'python' / f'{name}-{version}-{sys.version_info.major}.{sys.version_info.minor}'
    if not target.exists():
        _run([sys.executable, '-m', 'pip', 'install', '--quiet', '--target', f'{target}.new', f'{name}=={version}'])
        pathlib.Path(f'{target}.new').rename(target)
    if str(target) not in sys.path:
        sys.path.insert(0, str(target))
