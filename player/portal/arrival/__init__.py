"""What a phone's system requests as it joins: each probe for the internet, and the captive-portal API (RFC 8908).

`interception.py` answers requests that phones sent to other servers, above all the probes of `probes.py`.
"""
