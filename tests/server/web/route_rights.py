"""The roles that may use each route, as this network promises it: the expectations of `test_route_rights.py`.

Each group of routes names its audience:

    anyone     no sign-in is required
    link       only who has the secret in the address; for any other address it answers 404 to everyone
    box        only an enrolled box, by its token
    enrolment  only the box that requested it, by its token; 401 without one, 404 with another
    person     every person who is signed in
    roles      these roles only: people on pages, people and machines' keys in the API
    role*      only with what is that role's own; what is another's is refused with 403
    role~      the same, where what is another's does not exist (404)

On a page who is not signed in is sent to sign in; the API answers 401.
"""

from __future__ import annotations

RIGHTS = {
    "anyone": """
        GET /
        POST /language
        GET /sign-in
        POST /sign-in
        POST /sign-out
        GET /healthz
        GET /readyz
        GET /metrics
        GET /static/<path:filename>
        GET /api/v1/openapi.json
        GET /api/v1/clock
        GET /api/v1/player/clock
        POST /api/v1/players/enrol
        GET /s/<code>
        GET /api/v1/screens/<code>/stage
        POST /api/v1/screens/<code>/faults
        POST /api/v1/screens/<code>/games/<int:spot_ms>/inputs
        POST /api/v1/screens/<code>/games/<int:spot_ms>/seat
        GET /phone/<name>
        GET /o/<offer_id>
        GET /api/v1/offers/<offer_id>/stock
        POST /api/v1/offers/<offer_id>/claims
        GET /wallet
        GET /api/v1/wallet
        POST /api/v1/wallet/handover
        POST /api/v1/wallet/takeover
        POST /wallet/save
    """,
    "link": """
        GET /try/<token>
        GET /try/<token>/game
        GET /try/<token>/board.jpg
        POST /try/<token>/seat
        POST /try/<token>/inputs
        POST /try/<token>/round
        GET /link/<token>
        POST /link/<token>
        GET /w/<token>
        GET /api/v1/claims/<token>
        GET /wallet/recover/<token>
        POST /wallet/recover/<token>
    """,
    "box": """
        GET /api/v1/player/timeline
        POST /api/v1/player/status
        POST /api/v1/player/picture
        POST /api/v1/player/plays
        POST /api/v1/player/leases
        POST /api/v1/player/leases/claims
        POST /api/v1/player/games/rounds
        POST /api/v1/player/certificate
    """,
    "enrolment": """
        POST /api/v1/players/enrol/<enrolment_id>
    """,
    "person": """
        GET /password
        POST /password
        GET /sessions
        POST /sessions/end
        POST /sessions/<session_id>/end
        GET /console/
        GET /console/help
        GET /console/help/<topic>
    """,
    "owner": """
        GET /console/people
        GET /console/people/log
        GET /console/people/invite
        POST /console/people/invite
        GET /console/people/<person_id>
        POST /console/people/<person_id>
        POST /console/people/<person_id>/link
        POST /console/people/<person_id>/sessions/end
        POST /console/people/<person_id>/disable
        POST /console/people/<person_id>/enable
        GET /console/keys/new
        POST /console/keys/new
        POST /console/keys/<key_id>/revoke
    """,
    "owner operator": """
        GET /console/advertisers
        GET /console/advertisers/new
        POST /console/advertisers/new
        GET /console/advertisers/<advertiser_id>
        POST /console/advertisers/<advertiser_id>
        POST /console/advertisers/<advertiser_id>/archive
        POST /console/advertisers/<advertiser_id>/restore
        GET /console/creatives/coupon
        POST /console/creatives/coupon
        GET /console/creatives/game
        POST /console/creatives/game
        POST /console/creatives/game/pictures
        POST /console/creatives/game/preview
        GET /console/creatives/game/custom
        POST /console/creatives/game/custom/ticket
        GET /console/creatives/game/custom/kit
        GET /console/creatives/notice
        POST /console/creatives/notice
        POST /console/creatives/notice/preview
        POST /console/creatives/<creative_id>/stop
        GET /console/emergencies
        POST /console/emergencies
        POST /console/emergencies/<interrupt_id>/lift
        POST /console/emergencies/preview
        POST /console/emergencies/texts
        POST /console/house
        POST /console/house/<row_id>/days
        POST /console/house/<row_id>/remove
        POST /console/house/<row_id>/up
        GET /console/merchants
        GET /console/merchants/new
        POST /console/merchants/new
        GET /console/merchants/<merchant_id>
        POST /console/merchants/<merchant_id>
        POST /console/merchants/<merchant_id>/archive
        POST /console/merchants/<merchant_id>/restore
        POST /console/notices/<run_id>/stop
        POST /console/players/<player_id>/commands
        POST /console/players/<player_id>/move
        POST /console/players/<player_id>/revoke
        GET /console/screens/new
        POST /console/screens/new
        GET /console/screens/enrol
        POST /console/screens/enrol
        GET /console/screens/import
        POST /console/screens/import
        GET /console/screens/import/sample.csv
        GET /console/screens/<screen_id>/edit
        POST /console/screens/<screen_id>/edit
        GET /console/screens/<screen_id>/venue
        POST /console/screens/<screen_id>/venue
        POST /console/screens/<screen_id>/emergency
        POST /console/screens/<screen_id>/enrol
        POST /console/screens/<screen_id>/faults/close
        POST /console/screens/<screen_id>/retire
        POST /console/screens/<screen_id>/reinstate
        GET /console/venues/new
        POST /console/venues/new
        POST /console/venues/<venue_id>
        POST /console/venues/<venue_id>/emergency
        POST /console/venues/<venue_id>/hotspot
        POST /console/venues/<venue_id>/hotspot/preview
        POST /console/venues/<venue_id>/hotspot/remove
        POST /console/venues/<venue_id>/retire
        POST /console/venues/<venue_id>/reinstate
        POST /api/v1/advertisers
        DELETE /api/v1/advertisers/<advertiser_id>
        POST /api/v1/advertisers/<advertiser_id>/restore
        POST /api/v1/merchants
        DELETE /api/v1/merchants/<merchant_id>
        POST /api/v1/merchants/<merchant_id>/restore
        POST /api/v1/creatives/coupons
        POST /api/v1/creatives/games
        POST /api/v1/creatives/emergencies
        POST /api/v1/creatives/notices
        POST /api/v1/interrupts
        DELETE /api/v1/interrupts/<interrupt_id>
        DELETE /api/v1/players/<player_id>
        POST /api/v1/players/<player_id>/commands
        POST /api/v1/players/<player_id>/move
        POST /api/v1/screens
        POST /api/v1/screens/import
        PATCH /api/v1/screens/<screen_id>
        DELETE /api/v1/screens/<screen_id>
        POST /api/v1/screens/<screen_id>/restore
        GET /api/v1/screens/<screen_id>/relocation
        POST /api/v1/screens/<screen_id>/relocation
        POST /api/v1/screens/<screen_id>/interrupts
        POST /api/v1/screens/<screen_id>/player
        POST /api/v1/screens/<screen_id>/restore
        GET /api/v1/screens/<screen_id>/relocation
        POST /api/v1/screens/<screen_id>/relocation
        POST /api/v1/screens/import
        POST /api/v1/venues
        PATCH /api/v1/venues/<venue_id>
        DELETE /api/v1/venues/<venue_id>
        PUT /api/v1/venues/<venue_id>/hotspot
        DELETE /api/v1/venues/<venue_id>/hotspot
        POST /api/v1/venues/<venue_id>/restore
        POST /api/v1/venues/<venue_id>/interrupts
    """,
    "owner operator viewer": """
        GET /console/house
        GET /console/report/uncounted
        GET /console/screens
        GET /console/screens/<screen_id>
        GET /console/screens/<screen_id>/poster
        GET /console/screens/<screen_id>/timeline
        GET /console/venues
        GET /console/venues/<venue_id>
        GET /console/venues/<venue_id>/hotspot
        GET /api/v1/interrupts
        GET /api/v1/players/<player_id>/commands
        GET /api/v1/reports/uncounted
        GET /api/v1/screens
        GET /api/v1/screens/<screen_id>
        GET /api/v1/venues
        GET /api/v1/venues/<venue_id>
        GET /api/v1/venues/<venue_id>/hotspot
        GET /api/v1/screens/<screen_id>/hotspot
    """,
    "owner operator advertiser*": """
        GET /console/campaigns/new
        POST /console/campaigns/new
        POST /console/campaigns/creatives
        POST /console/campaigns/places/<any(targets, exclusions):field>
        POST /console/campaigns/room
        POST /console/campaigns/<campaign_id>
        POST /console/campaigns/<campaign_id>/<any(book, pause, resume, end):move>
        POST /console/campaigns/<campaign_id>/delete
        POST /console/campaigns/<campaign_id>/hold
        POST /console/campaigns/<campaign_id>/release
        GET /console/creatives/upload
        POST /console/creatives/ticket
        POST /console/creatives/<creative_id>
        POST /console/creatives/<creative_id>/again
        POST /console/creatives/<creative_id>/archive
        POST /console/creatives/<creative_id>/restore
        POST /api/v1/campaigns
        POST /api/v1/campaigns/availability
        PUT /api/v1/campaigns/<campaign_id>
        DELETE /api/v1/campaigns/<campaign_id>
        POST /api/v1/campaigns/<campaign_id>/<any(book, pause, resume, end):move>
        POST /api/v1/campaigns/<campaign_id>/hold
        DELETE /api/v1/campaigns/<campaign_id>/hold
        POST /api/v1/creatives/tickets
        PATCH /api/v1/creatives/<creative_id>
        DELETE /api/v1/creatives/<creative_id>
        POST /api/v1/creatives/<creative_id>/again
        POST /api/v1/creatives/<creative_id>/restore
    """,
    "owner operator viewer advertiser*": """
        GET /console/campaigns
        GET /console/campaigns/<campaign_id>
        GET /console/creatives
        GET /console/creatives/<creative_id>
        GET /console/creatives/<creative_id>/rounds/<round_id>/draw.json
        GET /console/creatives/<creative_id>/state
        GET /console/creatives/<creative_id>/try
        GET /console/report/creatives.csv
        GET /console/report/delivery.csv
        GET /console/report/forecast.csv
        GET /console/report/games.csv
        GET /console/report/phones.csv
        GET /console/report/plays.csv
        GET /console/screens/<screen_id>/why
        GET /api/v1/advertisers
        GET /api/v1/campaigns
        GET /api/v1/campaigns/<campaign_id>
        GET /api/v1/creatives
        GET /api/v1/creatives/<creative_id>
        GET /api/v1/creatives/<creative_id>/rounds
        GET /api/v1/creatives/<creative_id>/rounds/<round_id>/draw
        GET /api/v1/reports/creatives
        GET /api/v1/reports/delivery
        GET /api/v1/reports/forecast
        GET /api/v1/reports/games
        GET /api/v1/reports/phones
        GET /api/v1/reports/plays.csv
        GET /api/v1/screens/<code>/explain
    """,
    "owner operator merchant*": """
        GET /console/offers/new
        POST /console/offers/new
        POST /console/offers/preview
        POST /console/offers/<offer_id>
        POST /console/offers/<offer_id>/<any(pause, resume, stop):move>
        POST /console/offers/<offer_id>/archive
        POST /console/offers/<offer_id>/restore
        POST /console/offers/<offer_id>/redraw
        POST /console/offers/<offer_id>/preview
        POST /api/v1/offers
        PUT /api/v1/offers/<offer_id>
        DELETE /api/v1/offers/<offer_id>
        POST /api/v1/offers/<offer_id>/restore
        POST /api/v1/offers/<offer_id>/<any(pause, resume, stop):move>
    """,
    "owner operator viewer merchant*": """
        GET /console/offers
        GET /console/offers/<offer_id>
        GET /console/offers/<offer_id>/preview
        GET /console/report/claims.csv
        GET /api/v1/merchants
        GET /api/v1/offers
        GET /api/v1/offers/<offer_id>
        GET /api/v1/reports/claims
    """,
    "owner operator viewer advertiser* merchant*": """
        GET /console/report
    """,
    "owner operator merchant* staff*": """
        GET /counter
        POST /counter
        POST /counter/till
        POST /api/v1/redemptions
    """,
    "owner operator merchant~ staff~": """
        GET /counter/redemptions/<redemption_id>
    """,
    "owner operator merchant~": """
        POST /counter/redemptions/<redemption_id>/reversal
        POST /api/v1/redemptions/<redemption_id>/reversal
    """,
}

# The media process: what may be fetched is decided by the file, and an upload needs its ticket alone.
MEDIA_ROUTES = {
    "GET /media/<digest>",
    "GET /media/<digest>/<path:name>",
    "PUT /uploads/<ticket>",
    "POST /uploads/<ticket>",
    "HEAD /uploads/<ticket>/<upload_id>",
    "PATCH /uploads/<ticket>/<upload_id>",
    "GET /static/<path:filename>",
}


def audience_of_routes() -> dict[str, str]:
    """Of each route (`GET /console/`), its audience."""
    return {route.strip(): audience for audience, routes in RIGHTS.items() for route in routes.strip().splitlines()}
