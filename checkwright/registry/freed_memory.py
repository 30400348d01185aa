"""Return of freed memory to the system."""


def return_freed_memory() -> None:
    """Return memory that the C library keeps for later: glibc holds 65 MB after Python compiles 10,000 overrides."""
    from ctypes import CDLL

    library = CDLL(None)
    if hasattr(library, "malloc_trim"):  # glibc only
        library.malloc_trim(0)
