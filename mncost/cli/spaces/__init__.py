"""The commands of `mncost space`, one file each."""
