"""Where the programs of executors lie: executors/programs.tsv and the rule by which cyclegate finds them.

The same rule as src/executors/program_finder.h, for the scripts and tests that need a program before or beside cyclegate.
"""
import collections
import hashlib
import os
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parent.parent

Program = collections.namedtuple("Program", "name executor version source directory")


def _digest(crates):
    """12 hex digits of the sha256 over the sources and locks of crates, as src/executors/CMakeLists.txt computes them."""
    return hashlib.sha256("".join(map(_digest_lines, crates)).encode()).hexdigest()[:12]


def _digest_lines(crate):
    files = [name for name in ("Cargo.toml", "Cargo.lock", "build.rs") if (crate / name).exists()]
    files += [path.relative_to(crate).as_posix() for path in (crate / "src").rglob("*") if path.is_file()]
    return "".join(f"{hashlib.sha256((crate / name).read_bytes()).hexdigest()}  {name}\n" for name in sorted(files))


def programs():
    """Every row of the table as a Program, in its order."""
    rows = []
    for line in (ROOT / "executors/programs.tsv").read_text().splitlines():
        if line.startswith("#") or not line:
            continue
        name, executor, version, source = line.split("\t")
        directory = f"{name}-{version}"
        if source.startswith("crate:"):
            directory += "-" + _digest([ROOT / crate for crate in source.removeprefix("crate:").split("+")])
        rows.append(Program(name, executor, version, source, directory))
    return rows


def cache_directory(environment=os.environ):
    """Where installed executors lie: $XDG_CACHE_HOME/cyclegate/executors, else ~/.cache/cyclegate/executors."""
    for variable, below in (("XDG_CACHE_HOME", "cyclegate/executors"), ("HOME", ".cache/cyclegate/executors")):
        if os.path.isabs(environment.get(variable, "")):
            return pathlib.Path(environment[variable]) / below
    raise SystemExit("no place for the cache: set XDG_CACHE_HOME or HOME to an absolute path")


def installed_path(program, environment=os.environ):
    return cache_directory(environment) / program.directory / "bin" / program.name


def _can_be_started(path):
    return os.path.isfile(path) and os.access(path, os.X_OK)


def find(name, environment=os.environ):
    """The path of the program, or None: what its variable names, else the first on PATH, else the installed one."""
    named = environment.get("CYCLEGATE_" + name.upper().replace("-", "_"), "")
    if named:
        return named if os.path.isabs(named) and _can_be_started(named) else None
    search = os.pathsep.join(part for part in environment.get("PATH", "").split(os.pathsep) if os.path.isabs(part))
    on_path = shutil.which(name, path=search) if search else None
    if on_path:
        return on_path
    for program in programs():
        if program.name == name and _can_be_started(installed_path(program, environment)):
            return str(installed_path(program, environment))
    return None


def missing(name):
    """One sentence for a test that cannot run without the program."""
    executor = next(program.executor for program in programs() if program.name == name)
    return f"{name} is not here; `ci/install-executors {executor}` installs it"
