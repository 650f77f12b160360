"""Words and pictures: any result becomes a `Table`, and any table becomes text."""
