"""The radio: hostapd's configuration. Pure."""

from __future__ import annotations

from player.hotspot.plan import HotspotPlan


def render_hostapd(plan: HotspotPlan) -> str:
    """An open network whose phones do not see each other.

    The SSID is written in hexadecimal: hostapd reads every character so, and a line break in it could not begin
    another setting.
    """
    return "\n".join(
        [
            f"interface={plan.radio}",
            "driver=nl80211",
            "ctrl_interface=/run/hostapd",
            f"ssid2={plan.ssid.encode().hex()}",
            "utf8_ssid=1",
            f"country_code={plan.country}",
            "ieee80211d=1",
            f"hw_mode={'a' if plan.is_5_ghz else 'g'}",
            f"channel={plan.channel}",
            "ieee80211n=1",
            f"ieee80211ac={int(plan.is_5_ghz)}",
            "wmm_enabled=1",
            f"max_num_sta={plan.most_phones}",
            "ap_isolate=1",
            "disassoc_low_ack=1",
            "auth_algs=1",
            "wpa=0",
            "",
        ]
    )
