"""Pages about selling: advertisers, bookings and what is free for them, holds, delivery reports, the outlook."""
