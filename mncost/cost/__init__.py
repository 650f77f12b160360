"""What a graph costs: elementary events, counted once, and priced by a convention."""
