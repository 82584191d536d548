"""How many spots each order gets on each screen: demands, capacity, allotment by rank, and the deal to the screens."""
