"""The cards that Pillow and Pango draw: notice, cover, coupon, building, emergency, enrolment, and the strip. Pure."""
