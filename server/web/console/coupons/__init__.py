"""Pages about merchants and the offers of their coupons."""
