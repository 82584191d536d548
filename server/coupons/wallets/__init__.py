"""The phones that claim coupons, their wallets, and the link that moves a wallet to another phone."""
