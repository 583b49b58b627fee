"""How the project's own workflows differ from what `cyclegate init --action ./` writes: they run in Debian 12, where building
from source needs nothing else, and install what the sample guests need. Everything else is byte for byte the same."""
import pathlib
import sys

RUNNER = "    runs-on: ubuntu-24.04\n"
CONTAINER = RUNNER + "    container: debian:12\n"
# Without git, actions/checkout would fetch an archive instead of a repository; and in a container the workspace is another user's.
GIT = ("      - name: Install git\n"
       "        run: |\n"
       "          apt-get update -q\n"
       "          apt-get install -q -y --no-install-recommends ca-certificates git\n"
       '          git config --global --add safe.directory "$GITHUB_WORKSPACE"\n')
TOOLCHAIN = "      # Install here what your guests need to build.\n"
OWN_TOOLCHAIN = "      - run: ci/install-deps build\n"


def own(text):
    """The project's form of a starter workflow."""
    assert text.count(RUNNER) == 1 and text.count("    steps:\n") == 1
    text = text.replace(RUNNER, CONTAINER).replace("    steps:\n", "    steps:\n" + GIT)
    return text.replace(TOOLCHAIN, OWN_TOOLCHAIN)


if __name__ == "__main__":  # python3 own_workflows.py FILE...: turns starters into the project's own
    for name in sys.argv[1:]:
        path = pathlib.Path(name)
        path.write_text(own(path.read_text()))
