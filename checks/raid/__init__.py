"""Software RAID."""
