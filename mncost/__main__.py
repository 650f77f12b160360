"""`python -m mncost`."""

from mncost.cli.main import main

main()
