"""The network's allotment: inventory and bookings become what each screen is allotted on each day of the window."""
