# Runs a check from an unpacked asset. Every Python 3 must be able to parse this file, since it reports a Python
# that is too old. Arguments: the suffixes of the asset's compiled modules, joined by commas, the project's folder
# or nothing, the program's name, and the check's arguments.
# ruff: noqa: UP032, UP036
import sys


def refusal(abis: str) -> str:
    """Return the reason why this Python cannot run the asset as a sentence, or ""."""
    has = "{} is Python {}.{}".format(sys.executable, *sys.version_info[:2])
    if sys.version_info < (3, 11):
        return "{}, and checks need Python 3.11 or newer: install one and name it in CHECKS_PYTHON".format(has)
    import _imp

    here = _imp.extension_suffixes()[0]
    if here in abis.split(","):
        return ""
    built_for = " and ".join(abi.strip(".").split(".")[0] for abi in abis.split(","))
    return "{}, {}, and this asset was built for {}: use one built for it, or name another in CHECKS_PYTHON".format(
        has, here.strip(".").split(".")[0], built_for
    )


def start() -> None:
    """Run the check that the command line names, or report the reason."""
    abis, project = sys.argv[1:3]
    sys.argv = sys.argv[3:]
    why = refusal(abis)
    if why:
        sys.stdout.write("CHECK UNKNOWN: {}\n".format(why))
        sys.exit(3)
    import os

    lib = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, lib)
    if project:
        os.environ.setdefault("CHECKS_PROJECT", os.path.join(lib, project))
    from checkwright.core.check_program import main

    main()


if __name__ == "__main__":
    start()
