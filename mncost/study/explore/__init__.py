"""Design spaces: how many networks, what they cost, which are within limits, and which are best.

`plan` holds the table of what every choice costs; the others count, number, sample and rank by it.
"""
