"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import server.db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "advertiser",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advertiser")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "owner",
                "operator",
                "advertiser",
                "merchant",
                "staff",
                "viewer",
                name="role",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("advertiser_id", sa.String(length=26), nullable=True),
        sa.Column("merchant_id", sa.String(length=26), nullable=True),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("revoked_at", server.db.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_subject"), ["subject"], unique=False)

    op.create_table(
        "delivered_day",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("screen_id", sa.String(length=26), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("campaign_id", sa.String(length=26), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("plays", sa.Integer(), nullable=False),
        sa.Column("shown_ms", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivered_day")),
        sa.UniqueConstraint(
            "screen_id", "on", "campaign_id", "item", name=op.f("uq_delivered_day_screen_id_on_campaign_id_item")
        ),
    )
    with op.batch_alter_table("delivered_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivered_day_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivered_day_on"), ["on"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivered_day_screen_id"), ["screen_id"], unique=False)

    op.create_table(
        "job",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("unique_key", sa.String(length=120), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("run_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("leased_until", server.db.Instant(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("finished_at", server.db.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_job_unique_key")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_run_at"), ["run_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_subject"), ["subject"], unique=False)

    op.create_table(
        "merchant",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("leased_until", server.db.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_leased_until"), ["leased_until"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "owner",
                "operator",
                "advertiser",
                "merchant",
                "staff",
                "viewer",
                name="role",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("advertiser_id", sa.String(length=26), nullable=True),
        sa.Column("merchant_id", sa.String(length=26), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("disabled_at", server.db.Instant(timezone=True), nullable=True),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "phone",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_phone_token_hash")),
    )
    op.create_table(
        "play",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("screen_id", sa.String(length=26), nullable=False),
        sa.Column("player_id", sa.String(length=26), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.String(length=26), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("starts_ms", sa.BigInteger(), nullable=False),
        sa.Column("began_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("phones", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("counts_for", sa.String(length=60), nullable=True),
        sa.Column("accepted_at", server.db.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_play")),
        sa.UniqueConstraint("counts_for", name=op.f("uq_play_counts_for")),
    )
    with op.batch_alter_table("play", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_play_began_ms"), ["began_ms"], unique=False)
        batch_op.create_index(batch_op.f("ix_play_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_play_on"), ["on"], unique=False)
        batch_op.create_index(batch_op.f("ix_play_screen_id"), ["screen_id"], unique=False)

    op.create_table(
        "venue",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("venue_type", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("reserved_percent", sa.Integer(), nullable=False),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("retired_at", server.db.Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("advertiser_id", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "booked", "paused", "ended", name="campaignstate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "goal_kind",
            sa.Enum("share", "plays_per_day", name="goalkind", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("goal", sa.Float(), nullable=False),
        sa.Column("created_by", sa.String(length=26), nullable=True),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("booked_at", server.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["advertiser_id"], ["advertiser.id"], name=op.f("fk_campaign_advertiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_advertiser_id"), ["advertiser_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaign_state"), ["state"], unique=False)

    op.create_table(
        "offer",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("merchant_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("terms", sa.String(length=1000), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "active", "paused", "stopped", name="offerstate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("stock_left", sa.Integer(), nullable=False),
        sa.Column("per_phone", sa.Integer(), nullable=False),
        sa.Column("claim_from", server.db.Instant(timezone=True), nullable=True),
        sa.Column("claim_until", server.db.Instant(timezone=True), nullable=True),
        sa.Column("valid_until", server.db.Instant(timezone=True), nullable=True),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("from_min", sa.Integer(), nullable=False),
        sa.Column("until_min", sa.Integer(), nullable=False),
        sa.Column("presence", sa.Boolean(), nullable=False),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("stock_left <= stock", name=op.f("ck_offer_stock")),
        sa.CheckConstraint("stock_left >= 0", name=op.f("ck_offer_stock_left")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchant.id"], name=op.f("fk_offer_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_merchant_id"), ["merchant_id"], unique=False)

    op.create_table(
        "recovery_link",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("phone_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("used_at", server.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_recovery_link_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_recovery_link_token_hash")),
    )
    with op.batch_alter_table("recovery_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_link_phone_id"), ["phone_id"], unique=False)

    op.create_table(
        "screen",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("venue_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.Enum("lobby", "car", name="screenkind", native_enum=False, length=16), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("bank", sa.String(length=40), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sound", sa.Boolean(), nullable=False),
        sa.Column("strip", sa.Boolean(), nullable=False),
        sa.Column("wifi", sa.String(length=32), nullable=True),
        sa.Column("presence_key", sa.String(length=64), nullable=False),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("retired_at", server.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_screen_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screen")),
        sa.UniqueConstraint("code", name=op.f("uq_screen_code")),
    )
    with op.batch_alter_table("screen", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_screen_venue_id"), ["venue_id"], unique=False)

    op.create_table(
        "sign_in_link",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("expires_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("used_at", server.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_link_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_link_token_hash")),
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("offer_id", sa.String(), nullable=False),
        sa.Column("phone_id", sa.String(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("code_hmac", sa.String(length=64), nullable=False),
        sa.Column("qr_hmac", sa.String(length=64), nullable=False),
        sa.Column("link_hmac", sa.String(length=64), nullable=False),
        sa.Column("screen_id", sa.String(length=26), nullable=True),
        sa.Column("presence", sa.String(length=8), nullable=False),
        sa.Column("claimed_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("redeemed_at", server.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_claim_offer_id")),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name=op.f("fk_claim_phone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("code_hmac", name=op.f("uq_claim_code_hmac")),
        sa.UniqueConstraint("link_hmac", name=op.f("uq_claim_link_hmac")),
        sa.UniqueConstraint("offer_id", "phone_id", "nth", name=op.f("uq_claim_offer_id_phone_id_nth")),
        sa.UniqueConstraint("phone_id", "idempotency_key", name=op.f("uq_claim_phone_id_idempotency_key")),
        sa.UniqueConstraint("qr_hmac", name=op.f("uq_claim_qr_hmac")),
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_claimed_at"), ["claimed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_claim_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_claim_phone_id"), ["phone_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_claim_screen_id"), ["screen_id"], unique=False)

    op.create_table(
        "creative",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("advertiser_id", sa.String(length=26), nullable=True),
        sa.Column("venue_id", sa.String(), nullable=True),
        sa.Column("offer_id", sa.String(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("processing", "ready", "failed", "archived", name="creativestate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("trouble", sa.String(length=300), nullable=False),
        sa.Column("remedy", sa.String(length=300), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("length_ms", sa.Integer(), nullable=False),
        sa.Column("original_digest", sa.String(length=64), nullable=True),
        sa.Column("original_name", sa.String(length=200), nullable=False),
        sa.Column("original_bytes", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=26), nullable=True),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("ready_at", server.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_creative_offer_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_creative_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_creative")),
    )
    with op.batch_alter_table("creative", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_creative_advertiser_id"), ["advertiser_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_creative_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_creative_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_creative_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_creative_venue_id"), ["venue_id"], unique=False)

    op.create_table(
        "daypart",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("from_min", sa.Integer(), nullable=False),
        sa.Column("until_min", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_daypart_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daypart")),
    )
    with op.batch_alter_table("daypart", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_daypart_campaign_id"), ["campaign_id"], unique=False)

    op.create_table(
        "planned_day",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("screen_id", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("campaign_id", sa.String(length=26), nullable=False),
        sa.Column("creative_id", sa.String(length=26), nullable=False),
        sa.Column("booked", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["screen_id"], ["screen.id"], name=op.f("fk_planned_day_screen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_day")),
        sa.UniqueConstraint(
            "screen_id",
            "on",
            "campaign_id",
            "creative_id",
            name=op.f("uq_planned_day_screen_id_on_campaign_id_creative_id"),
        ),
    )
    with op.batch_alter_table("planned_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_planned_day_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_planned_day_on"), ["on"], unique=False)
        batch_op.create_index(batch_op.f("ix_planned_day_screen_id"), ["screen_id"], unique=False)

    op.create_table(
        "player",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("hardware", sa.String(length=128), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("screen_id", sa.String(), nullable=True),
        sa.Column("enrolled_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("revoked_at", server.db.Instant(timezone=True), nullable=True),
        sa.Column("seen_at", server.db.Instant(timezone=True), nullable=True),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("past_boots", sa.JSON(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("clone_at", server.db.Instant(timezone=True), nullable=True),
        sa.Column("held_version", sa.Integer(), nullable=True),
        sa.Column("status", sa.JSON(), nullable=False),
        sa.Column("picture_digest", sa.String(length=64), nullable=True),
        sa.Column("picture_at", server.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["screen_id"], ["screen.id"], name=op.f("fk_player_screen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_player")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_player_token_hash")),
    )
    with op.batch_alter_table("player", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_player_hardware"), ["hardware"], unique=False)
        batch_op.create_index(batch_op.f("ix_player_screen_id"), ["screen_id"], unique=False)

    op.create_table(
        "published_timeline",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("screen_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("etag", sa.String(length=64), nullable=False),
        sa.Column("published_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("ends_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["screen_id"], ["screen.id"], name=op.f("fk_published_timeline_screen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_timeline")),
        sa.UniqueConstraint("screen_id", "version", name=op.f("uq_published_timeline_screen_id_version")),
    )
    with op.batch_alter_table("published_timeline", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_published_timeline_ends_at"), ["ends_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_published_timeline_screen_id"), ["screen_id"], unique=False)

    op.create_table(
        "target",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("screen", "venue", "tag", "all", name="targetkind", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_target_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_target_campaign_id"), ["campaign_id"], unique=False)

    op.create_table(
        "campaign_creative",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("creative_id", sa.String(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_creative_campaign_id")),
        sa.ForeignKeyConstraint(["creative_id"], ["creative.id"], name=op.f("fk_campaign_creative_creative_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_creative")),
        sa.UniqueConstraint("campaign_id", "creative_id", name=op.f("uq_campaign_creative_campaign_id_creative_id")),
    )
    with op.batch_alter_table("campaign_creative", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_creative_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaign_creative_creative_id"), ["creative_id"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("hardware", sa.String(length=128), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("taken_at", server.db.Instant(timezone=True), nullable=True),
        sa.Column("player_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["player_id"], ["player.id"], name=op.f("fk_enrolment_player_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("code", name=op.f("uq_enrolment_code")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolment_hardware"), ["hardware"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrolment_token_hash"), ["token_hash"], unique=False)

    op.create_table(
        "house_content",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("creative_id", sa.String(), nullable=False),
        sa.Column("venue_id", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["creative_id"], ["creative.id"], name=op.f("fk_house_content_creative_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_house_content_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house_content")),
        sa.UniqueConstraint("creative_id", "venue_id", name=op.f("uq_house_content_creative_id_venue_id")),
    )
    with op.batch_alter_table("house_content", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_house_content_creative_id"), ["creative_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_house_content_venue_id"), ["venue_id"], unique=False)

    op.create_table(
        "notice_run",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("creative_id", sa.String(), nullable=False),
        sa.Column("venue_id", sa.String(), nullable=False),
        sa.Column("from_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("until_at", server.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["creative_id"], ["creative.id"], name=op.f("fk_notice_run_creative_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_notice_run_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_run")),
    )
    with op.batch_alter_table("notice_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_run_creative_id"), ["creative_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_run_venue_id"), ["venue_id"], unique=False)

    op.create_table(
        "raised_interrupt",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("creative_id", sa.String(), nullable=False),
        sa.Column("venue_id", sa.String(), nullable=True),
        sa.Column("screen_id", sa.String(), nullable=True),
        sa.Column("from_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("until_at", server.db.Instant(timezone=True), nullable=True),
        sa.Column("raised_by", sa.String(length=26), nullable=True),
        sa.Column("lifted_by", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(["creative_id"], ["creative.id"], name=op.f("fk_raised_interrupt_creative_id")),
        sa.ForeignKeyConstraint(["screen_id"], ["screen.id"], name=op.f("fk_raised_interrupt_screen_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_raised_interrupt_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raised_interrupt")),
    )
    with op.batch_alter_table("raised_interrupt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_raised_interrupt_screen_id"), ["screen_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_raised_interrupt_venue_id"), ["venue_id"], unique=False)

    op.create_table(
        "redemption",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("claim_id", sa.String(), nullable=False),
        sa.Column("merchant_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=True),
        sa.Column("till", sa.String(length=80), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("idempotency_key", sa.String(length=100), nullable=True),
        sa.Column("redeemed_at", server.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_redemption_claim_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchant.id"], name=op.f("fk_redemption_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_redemption_idempotency_key")),
    )
    with op.batch_alter_table("redemption", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_redemption_claim_id"), ["claim_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_redemption_merchant_id"), ["merchant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_redemption_redeemed_at"), ["redeemed_at"], unique=False)

    op.create_table(
        "rendition",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("creative_id", sa.String(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "screen",
                "picture",
                "sound",
                "image",
                "poster",
                "thumb",
                name="renditionrole",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["creative_id"], ["creative.id"], name=op.f("fk_rendition_creative_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rendition")),
        sa.UniqueConstraint("creative_id", "role", name=op.f("uq_rendition_creative_id_role")),
    )
    with op.batch_alter_table("rendition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rendition_creative_id"), ["creative_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rendition_digest"), ["digest"], unique=False)

    op.create_table(
        "service",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("player_id", sa.String(), nullable=False),
        sa.Column("screen_id", sa.String(), nullable=False),
        sa.Column("from_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("until_at", server.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["player_id"], ["player.id"], name=op.f("fk_service_player_id")),
        sa.ForeignKeyConstraint(["screen_id"], ["screen.id"], name=op.f("fk_service_screen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
    )
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_player_id"), ["player_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_screen_id"), ["screen_id"], unique=False)

    op.create_table(
        "reversal",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("redemption_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("reversed_at", server.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["redemption_id"], ["redemption.id"], name=op.f("fk_reversal_redemption_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reversal")),
        sa.UniqueConstraint("redemption_id", name=op.f("uq_reversal_redemption_id")),
    )


def downgrade() -> None:
    op.drop_table("reversal")
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_screen_id"))
        batch_op.drop_index(batch_op.f("ix_service_player_id"))

    op.drop_table("service")
    with op.batch_alter_table("rendition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rendition_digest"))
        batch_op.drop_index(batch_op.f("ix_rendition_creative_id"))

    op.drop_table("rendition")
    with op.batch_alter_table("redemption", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redemption_redeemed_at"))
        batch_op.drop_index(batch_op.f("ix_redemption_merchant_id"))
        batch_op.drop_index(batch_op.f("ix_redemption_claim_id"))

    op.drop_table("redemption")
    with op.batch_alter_table("raised_interrupt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_raised_interrupt_venue_id"))
        batch_op.drop_index(batch_op.f("ix_raised_interrupt_screen_id"))

    op.drop_table("raised_interrupt")
    with op.batch_alter_table("notice_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_run_venue_id"))
        batch_op.drop_index(batch_op.f("ix_notice_run_creative_id"))

    op.drop_table("notice_run")
    with op.batch_alter_table("house_content", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_house_content_venue_id"))
        batch_op.drop_index(batch_op.f("ix_house_content_creative_id"))

    op.drop_table("house_content")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_token_hash"))
        batch_op.drop_index(batch_op.f("ix_enrolment_hardware"))

    op.drop_table("enrolment")
    with op.batch_alter_table("campaign_creative", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_creative_creative_id"))
        batch_op.drop_index(batch_op.f("ix_campaign_creative_campaign_id"))

    op.drop_table("campaign_creative")
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_target_campaign_id"))

    op.drop_table("target")
    with op.batch_alter_table("published_timeline", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_published_timeline_screen_id"))
        batch_op.drop_index(batch_op.f("ix_published_timeline_ends_at"))

    op.drop_table("published_timeline")
    with op.batch_alter_table("player", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_player_screen_id"))
        batch_op.drop_index(batch_op.f("ix_player_hardware"))

    op.drop_table("player")
    with op.batch_alter_table("planned_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_planned_day_screen_id"))
        batch_op.drop_index(batch_op.f("ix_planned_day_on"))
        batch_op.drop_index(batch_op.f("ix_planned_day_campaign_id"))

    op.drop_table("planned_day")
    with op.batch_alter_table("daypart", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_daypart_campaign_id"))

    op.drop_table("daypart")
    with op.batch_alter_table("creative", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_creative_venue_id"))
        batch_op.drop_index(batch_op.f("ix_creative_state"))
        batch_op.drop_index(batch_op.f("ix_creative_offer_id"))
        batch_op.drop_index(batch_op.f("ix_creative_created_at"))
        batch_op.drop_index(batch_op.f("ix_creative_advertiser_id"))

    op.drop_table("creative")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claim_screen_id"))
        batch_op.drop_index(batch_op.f("ix_claim_phone_id"))
        batch_op.drop_index(batch_op.f("ix_claim_offer_id"))
        batch_op.drop_index(batch_op.f("ix_claim_claimed_at"))

    op.drop_table("claim")
    op.drop_table("sign_in_link")
    with op.batch_alter_table("screen", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_screen_venue_id"))

    op.drop_table("screen")
    with op.batch_alter_table("recovery_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_link_phone_id"))

    op.drop_table("recovery_link")
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_merchant_id"))

    op.drop_table("offer")
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_state"))
        batch_op.drop_index(batch_op.f("ix_campaign_advertiser_id"))

    op.drop_table("campaign")
    op.drop_table("venue")
    with op.batch_alter_table("play", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_play_screen_id"))
        batch_op.drop_index(batch_op.f("ix_play_on"))
        batch_op.drop_index(batch_op.f("ix_play_campaign_id"))
        batch_op.drop_index(batch_op.f("ix_play_began_ms"))

    op.drop_table("play")
    op.drop_table("phone")
    op.drop_table("person")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_leased_until"))

    op.drop_table("outbox")
    op.drop_table("merchant")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_subject"))
        batch_op.drop_index(batch_op.f("ix_job_state"))
        batch_op.drop_index(batch_op.f("ix_job_run_at"))
        batch_op.drop_index(batch_op.f("ix_job_kind"))

    op.drop_table("job")
    with op.batch_alter_table("delivered_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivered_day_screen_id"))
        batch_op.drop_index(batch_op.f("ix_delivered_day_on"))
        batch_op.drop_index(batch_op.f("ix_delivered_day_campaign_id"))

    op.drop_table("delivered_day")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_subject"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))

    op.drop_table("audit_entry")
    op.drop_table("api_key")
    op.drop_table("advertiser")
