"""The cards that Pillow and Pango draw: notice, cover, coupon, building, emergency and enrolment card, and the strip. Pure."""
