"""The data folder and its database over time: upgrades, backups, and the space on the disk.

It imports the tables of every domain, which it upgrades and copies. Start reading at `migrate.py` and `backup.py`.
"""
