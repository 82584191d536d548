"""Answers to a phone's system as it joins: to its probe for the internet, and by the captive-portal API (RFC 8908).

`interception.py` answers requests that phones sent to other servers, above all the probes of `probes.py`.
"""
