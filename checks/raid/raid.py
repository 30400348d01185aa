"""State and missing disks of Linux software RAID."""

from checks.raid.source import Raid as Arrays
from checks.raid.source import RaidArray
from checkwright import CannotTell, Check, Metrics, gauge, option, uses, verdict


class Raid(Check):
    """State of each array in /proc/mdstat.

    An array with a missing disk is CRITICAL until it recovers, because the next failure loses data. During recovery it
    is WARNING, with the progress. An inactive array is CRITICAL. Debian's monthly `check` is OK, and so is an array
    that waits for its first write (`auto-read-only`). The container of a BIOS RAID (IMSM, DDF) is always inactive and
    is skipped; its arrays are judged.

    A machine without any array is UNKNOWN, because an array that was not assembled is not listed. With `--maybe`, for a
    role that has machines without arrays, it is OK.

    No account is needed: any user may read /proc/mdstat. `failed` disks are still listed, `missing` ones are gone; both
    have the limit 0. `spares` and `progress` have none.

    Tested with synthetic files in the format of the md driver. Not tested: a real array.
    """

    thread_safe = True

    source = uses(Arrays)

    maybe: bool = option("Accept a machine without an array", default=False)

    array = verdict("Array", ok=["clean", "checking"], warn=["recovering", "resyncing", "reshaping", "repairing"])
    missing = gauge("Missing disks of", crit=0, min=0, missing="ok", optional=True)
    failed = gauge("Failed disks of", crit=0, min=0, optional=True)
    spares = gauge("Spare disks of", min=0, optional=True)
    progress = gauge("Progress of", "%", optional=True)
    arrays = gauge("Arrays", min=0)

    def probe(self) -> Metrics:
        found = self.source.arrays()
        if not found and not self.maybe:
            raise CannotTell("/proc/mdstat shows no array: give --maybe where that is right")
        for array in found:
            word = _word(array)
            level = f"{array.level}, " if array.level else ""
            counts = f"{level}{array.working} of {array.disks} disks" if array.disks is not None else array.level
            yield self.array(word, of=array.name, hint="" if word == "clean" else counts)
            recovers = word == "recovering"
            lost = None if array.disks is None or array.working is None else array.disks - array.working
            yield self.missing(0 if recovers and lost else lost, of=array.name)
            yield self.failed(array.failed, of=array.name)
            yield self.spares(array.spares, of=array.name)
            if array.progress is not None:
                yield self.progress(array.progress, of=array.name)
        yield self.arrays(len(found))


def _word(array: RaidArray) -> str:
    if not array.active:
        return "inactive"
    degraded = array.disks is not None and array.working is not None and array.working < array.disks
    if degraded:
        return "recovering" if array.action == "recovery" else "degraded"
    words = {"resync": "resyncing", "recovery": "recovering", "reshape": "reshaping", "repair": "repairing"}
    return "checking" if array.action == "check" else words.get(array.action, "clean")
