"""The forms in which games are set up, one per kind."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from media.cards.games.colours import USUAL
from media.wire.games import GameKind, Phrase, PrizeFor
from media.wire.message import Digest
from server.creatives.games import CALL_CHARS, HIGHEST_SCORE, MOST_PRIZES, Colour, GameDesign, PictureName
from server.creatives.uploads.game_file import GameSetup


class LookForm(BaseModel):
    """What a game looks like. call_zh, call_en: what screens and phones say; one of them may be empty

    colour: the usual one, with which its field begins, stands for no colour of one's own
    """

    model_config = ConfigDict(frozen=True)

    kind: GameKind = GameKind.RACE
    call_zh: str = Field("", max_length=CALL_CHARS)
    call_en: str = Field("", max_length=CALL_CHARS)
    language: str = Field("zh", pattern="^(en|zh)$")
    colour: Colour = ""
    logo_id: str | None = Field(None, max_length=26)
    product_id: str | None = Field(None, max_length=26)
    background_id: str | None = Field(None, max_length=26)

    def picture_ids(self) -> dict[PictureName, str | None]:
        return {"logo": self.logo_id, "product": self.product_id, "background": self.background_id}

    def look(self, pictures: Mapping[PictureName, Digest]) -> dict[str, object]:
        """The fields of the design. pictures: the files of the chosen ones"""
        colour = "" if self.colour == USUAL.accent else self.colour
        return {"colour": colour, "pictures": dict(pictures)}


class GameForm(LookForm):
    """The fields of every kind of game."""

    title: str = Field("", max_length=120)
    offer_id: str | None = None
    prize_for: PrizeFor = PrizeFor.FIRST
    prizes: int = Field(1, ge=1, le=MOST_PRIZES)
    advertiser_id: str | None = None
    length_s: int = Field(30, ge=15, le=60)

    def design(self) -> GameDesign:
        call = Phrase(zh=self.call_zh, en=self.call_en)
        return GameDesign(kind=self.kind, call=call, prize_for=self.prize_for, prizes=self.prizes)


class CustomGameForm(GameForm):
    """The fields of a game whose zip is uploaded. Its prize is always drawn among those who finish."""

    kind: GameKind = GameKind.CUSTOM
    prize_for: PrizeFor = PrizeFor.DRAWN
    most_score: int = Field(ge=1, le=HIGHEST_SCORE)

    def design(self) -> GameDesign:
        return super().design().model_copy(update={"most_score": self.most_score})

    def setup(self) -> GameSetup:
        return GameSetup(
            design=self.design(),
            title=self.title,
            offer_id=self.offer_id,
            length_ms=self.length_s * 1000,
            language=self.language,
        )


FORMS: dict[GameKind, type[GameForm]] = {GameKind.RACE: GameForm, GameKind.CUSTOM: CustomGameForm}


def kind_of(fields: Mapping[str, str]) -> GameKind:
    """Of a form that is sent, or of a link to one."""
    given = fields.get("kind", "")
    return GameKind(given) if given in set(GameKind) else GameKind.RACE
