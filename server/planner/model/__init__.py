"""The values of the planner: days, orders and bookings, the network and its columns, allotments, input and result."""
